const MAX_LINES = 40;
const MAX_CHARS = 16_000;
// colours and cursor moves of a terminal
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ANSI = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/g;

/** The end of an output that is too long to show at once, without terminal escapes. */
export function clipOutput(raw: string): { text: string; hiddenLines: number } {
  const text = raw.replace(ANSI, "").replace(/\n$/, "");
  const lines = text.split("\n");
  const kept = lines.slice(-MAX_LINES).join("\n").slice(-MAX_CHARS);
  if (kept.length === text.length) return { text, hiddenLines: 0 };
  return { text: kept, hiddenLines: Math.max(1, lines.length - kept.split("\n").length) };
}
