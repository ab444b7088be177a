import { stripVTControlCharacters, styleText } from "node:util";
import type { CliContext, TerminalOutput } from "../context.ts";

/** Colours of the terminal output; each takes and gives text. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** A style that colours, or one that leaves all text as it is. */
export function createStyle(isColoured: boolean): Style {
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    isColoured ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: paint("bold"),
    dim: paint("dim"),
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    cyan: paint("cyan"),
  };
}

/** The style for an output: colours on a terminal, unless NO_COLOR is set or TERM is `dumb`. */
export function styleFor(context: CliContext, output: TerminalOutput): Style {
  const refused = Boolean(context.env.NO_COLOR) || context.env.TERM === "dumb";
  return createStyle(output.isTTY === true && !refused);
}

/** Text of an agent or a stranger without what a terminal would obey: escape sequences and control characters other than tab and line feed. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

/** The first line of a text, printable, cut to a width with an ellipsis. */
export function firstLine(text: string, width = 100): string {
  const line = printable(text).trim().split("\n")[0] ?? "";
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
