import type { Style } from "./style.ts";
import { printable } from "./style.ts";

const GAP = "  ";

/** Columns aligned to the left under bold headings, without trailing spaces; the last column is cut at `width`. */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
  width = 0,
): string {
  const clean = rows.map((row) => row.map((cell) => printable(cell).replaceAll("\n", " ")));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...clean.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) => {
    const text = cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd();
    return width > 0 && text.length > width ? `${text.slice(0, width - 1)}…` : text;
  };
  return [style.bold(line(headings)), ...clean.map(line)].join("\n");
}

/** `label  value` lines with the values aligned; pairs whose value is null or undefined are left out. */
export function renderFields(fields: readonly (readonly [string, string | null | undefined])[], style: Style): string {
  const shown = fields.filter(
    (field): field is readonly [string, string] => field[1] !== null && field[1] !== undefined,
  );
  const width = Math.max(...shown.map(([label]) => label.length));
  return shown.map(([label, value]) => `${style.dim(label.padEnd(width))}${GAP}${printable(value)}`).join("\n");
}
