/** Why codex's server did not come up, for a person. */
export interface FailureWords {
  readonly code: "agent-start-failed" | "agent-config-refused" | "agent-exited";
  readonly message: string;
}

const MAX_LINES = 6;
const MAX_CHARS = 1500;
const CONFIG_WORDS =
  /is no longer supported; remove this setting|error loading config|config\.toml|invalid configuration|TOML parse error|failed to load configuration/i;
/** Said at every start of a machine without bubblewrap of its own; the bundled one works. */
const NOISE = /bundled bubblewrap/;
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const SECRETS =
  /\b(sk-[A-Za-z0-9_-]{6})[A-Za-z0-9_-]+|(bearer\s+)\S+|((?:api[_-]?key|token|password)["']?\s*[:=]\s*["']?)[^\s"',]+/gi;

/** Reads the end of codex's standard error: a refused configuration, or the last lines that say something. Secrets are cut. */
export function explainFailure(exitCode: number | null, stderrTail: string): FailureWords {
  const lines = meaningfulLines(stderrTail);
  const ended = exitCode === null ? "ended without an exit code (killed)" : `ended with exit code ${exitCode}`;
  const first = lines.findIndex((line) => CONFIG_WORDS.test(line));
  if (first !== -1) {
    const words = lines.slice(first, first + MAX_LINES).join("\n");
    return { code: "agent-config-refused", message: clip(`codex refused its configuration: ${words}`) };
  }
  const words = lines.slice(-MAX_LINES).join("\n");
  return {
    code: "agent-start-failed",
    message: clip(words === "" ? `codex ${ended} and said nothing` : `codex ${ended}: ${words}`),
  };
}

function meaningfulLines(text: string): string[] {
  return text
    .replaceAll(ESCAPES, "")
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== "" && !NOISE.test(line))
    .map(redact);
}

function redact(line: string): string {
  return line.replaceAll(
    SECRETS,
    (_match, key?: string, bearer?: string, name?: string) => `${key ?? bearer ?? name ?? ""}***`,
  );
}

function clip(text: string): string {
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text;
}
