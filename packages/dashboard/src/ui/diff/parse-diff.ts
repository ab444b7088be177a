/** One line of a unified diff. */
export interface DiffLine {
  readonly type: "context" | "add" | "remove" | "hunk";
  readonly text: string;
  /** Line number before the change; undefined for added lines and hunk heads. */
  readonly oldLine: number | undefined;
  readonly newLine: number | undefined;
}

export interface ParsedDiff {
  readonly lines: readonly DiffLine[];
  readonly added: number;
  readonly removed: number;
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$/;

/**
 * Reads a unified diff. A text without a hunk head is the whole content of a file:
 * its lines count as added, or as removed with `whole: "remove"`.
 */
export function parseDiff(diff: string, whole: "add" | "remove" = "add"): ParsedDiff {
  const texts = diff.replace(/\n$/, "").split("\n");
  const start = texts.findIndex((text) => HUNK.test(text));
  const lines = start === -1 ? wholeFile(texts, whole) : hunks(texts.slice(start));
  return {
    lines,
    added: lines.filter((line) => line.type === "add").length,
    removed: lines.filter((line) => line.type === "remove").length,
  };
}

function wholeFile(texts: readonly string[], type: "add" | "remove"): DiffLine[] {
  if (texts.length === 1 && texts[0] === "") return [];
  return texts.map((text, index) => ({
    type,
    text,
    oldLine: type === "remove" ? index + 1 : undefined,
    newLine: type === "add" ? index + 1 : undefined,
  }));
}

function hunks(texts: readonly string[]): DiffLine[] {
  let oldLine = 0;
  let newLine = 0;
  const lines: DiffLine[] = [];
  for (const text of texts) {
    const head = HUNK.exec(text);
    if (head) {
      oldLine = Number(head[1]);
      newLine = Number(head[2]);
      lines.push({ type: "hunk", text: head[3] ?? "", oldLine: undefined, newLine: undefined });
    } else if (text.startsWith("+")) {
      lines.push({ type: "add", text: text.slice(1), oldLine: undefined, newLine: newLine++ });
    } else if (text.startsWith("-")) {
      lines.push({ type: "remove", text: text.slice(1), oldLine: oldLine++, newLine: undefined });
    } else if (!text.startsWith("\\")) {
      lines.push({ type: "context", text: text.slice(1), oldLine: oldLine++, newLine: newLine++ });
    }
  }
  return lines;
}
