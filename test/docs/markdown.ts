/** The cells of every row of every table of a page, header and rule rows left out. */
export function tableRows(markdown: string): string[][] {
  const lines = markdown.split("\n");
  return lines
    .filter((line, index) => line.startsWith("|") && !isRule(line) && !isRule(lines[index + 1] ?? ""))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("\\|", "|")),
    );
}

/** The rows of the tables below one heading, up to the next heading of any level. */
export function tableRowsBelow(markdown: string, heading: string): string[][] {
  const [, below] = markdown.split(new RegExp(`^#+ ${heading}$`, "m"));
  return tableRows(below?.split(/^#+ /m)[0] ?? "");
}

/** Every text in backticks. */
export function codeSpans(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].flatMap(([, span]) => span ?? []);
}

function isRule(line: string): boolean {
  return /^\|[\s|:-]+\|$/.test(line);
}
