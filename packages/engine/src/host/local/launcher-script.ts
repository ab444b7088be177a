/**
 * The shell program that leads a detached process group (design §4 row 11). Arguments: control directory, seconds after which a
 * silent owner counts as gone, seconds between two looks at it, seconds before the second TERM, seconds before the KILL; then the
 * program and its arguments.
 *
 * - The program runs in the foreground: a background job of a shell would ignore SIGINT and SIGQUIT, and so would its children.
 * - `started` (the stat lines of launcher and program) and `pid` are written before the program takes over its shell, so that
 *   even one that ends at once has an identity. A program keeps its start time over exec. Each is one write: a reader that finds
 *   no line end came too early. (A rename would cost a fourth of the whole start.)
 * - The watchdog acts at its second look in a row: after a sleep of the machine its own timer may fire before the owner's.
 *   It names the program by pid and start time and goes when the launcher or the program has gone.
 *   Without a working `sleep` it ends instead of spinning.
 *   Its sleeping child gets KILL: a TERM would be lost in the instant between fork and exec.
 * - The launcher's own tools come from the system alone: the program's PATH may hold a directory that an agent can write.
 */
export const LAUNCHER_SCRIPT = `
d=$1 after=$2 every=$3 term=$4 kill=$5; shift 5
exec 3>&2 2>/dev/null
given=$PATH PATH=/usr/bin:/bin:/run/current-system/sw/bin
read -r self </proc/self/stat
born() { read -r line <"/proc/$p/stat" || return; set -- \${line##*) }; echo "\${20}"; }
rest() { sleep "$1" & wait $! || exit 0; }
end() { [ "$(born)" = "$b" ] && kill "-$1" "$p"; }
watch() {
  trap 'kill -KILL $!; exit 0' TERM
  p= stale=0
  while :; do
    rest "$every"
    [ -n "$p" ] || { read -r p <"$d/pid"; b=$(born); }
    [ -n "$b" ] && [ "$(born)" = "$b" ] || exit 0
    now=$(date +%s)
    at=$(stat -c %Y "$d/owner" || echo "\${at:-$now}")
    if [ $((now - at)) -gt "$after" ]; then stale=$((stale + 1)); else stale=0; fi
    [ "$stale" -ge 2 ] || continue
    end TERM && rest "$term" && end TERM && rest "$kill" && end KILL; exit 0
  done
}
watch >/dev/null 3>&- & w=$!
(
  read -r line </proc/self/stat
  printf '%s\\n%s\\n' "$self" "$line" >"$d/started"
  echo "\${line%% *}" >"$d/pid"
  PATH=$given
  exec "$@" 2>&3 3>&-
)
code=$?
kill $w
echo $code >"$d/x.tmp"; mv "$d/x.tmp" "$d/exit"
wait $w
`;
