import type { DiffStat } from "@optio/contract";

/** Counts files and changed lines of a git-style unified diff, in one pass and without splitting it. */
export function countDiff(diff: string): DiffStat {
  const stat = { files: 0, added: 0, removed: 0 };
  let inHunk = false;
  for (let start = 0; start < diff.length; ) {
    const newline = diff.indexOf("\n", start);
    const end = newline === -1 ? diff.length : newline;
    const first = diff[start];
    if (diff.startsWith("diff --git ", start)) {
      stat.files += 1;
      // the lines `--- a` and `+++ b` of a file's head are no changes
      inHunk = false;
    } else if (first === "@" && diff.startsWith("@@ ", start)) inHunk = true;
    else if (inHunk && first === "+") stat.added += 1;
    else if (inHunk && first === "-") stat.removed += 1;
    start = end + 1;
  }
  return stat;
}
