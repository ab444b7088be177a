import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes a page below a directory, with the note that it is generated. */
export function writePage(outDir: string, path: string, source: string, title: string, body: readonly string[]): void {
  const note = `<!-- Generated from ${source} by \`npm run generate\`; change that file instead. -->`;
  mkdirSync(dirname(join(outDir, path)), { recursive: true });
  writeFileSync(join(outDir, path), `${[`# ${title}`, note, ...body].join("\n\n")}\n`);
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text as inline code. */
export function code(text: string): string {
  return `\`${text}\``;
}
