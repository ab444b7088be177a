const MINUTE_MS = 60 * 1_000;

/** One command of a suite; it counts as one test unless it is a Vitest project. */
export interface SuiteCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** A suite of `npm test`: its commands run one after another, each within `timeoutMs`. */
export interface Suite {
  readonly name: string;
  /** One line for the reader. */
  readonly title: string;
  readonly timeoutMs: number;
  /** `commands`: each is a test that passes with exit code 0. `vitest`: counts come from Vitest's report. */
  readonly counts: "commands" | "vitest";
  readonly commands: () => readonly SuiteCommand[];
}

/** The suites in the order in which they run: the quick ones first. */
export const SUITES: readonly Suite[] = [
  {
    name: "format",
    title: "format and lint (biome)",
    timeoutMs: MINUTE_MS,
    counts: "commands",
    commands: () => [{ command: "biome", args: ["ci", "."] }],
  },
  {
    name: "types",
    title: "types (tsc)",
    timeoutMs: 3 * MINUTE_MS,
    counts: "commands",
    commands: () => [
      { command: "tsc", args: ["-p", "tsconfig.json"] },
      { command: "tsc", args: ["-p", "packages/dashboard/tsconfig.json"] },
    ],
  },
  {
    name: "unused",
    title: "unused files, exports and dependencies (knip)",
    timeoutMs: 3 * MINUTE_MS,
    counts: "commands",
    commands: () => [{ command: "knip", args: [] }],
  },
  vitest("architecture", "layers, words, generated files and reference pages", 5 * MINUTE_MS),
  vitest("unit", "unit and contract suites", 20 * MINUTE_MS),
  vitest("end-to-end", "whole sessions and every example: real codex, real browser, killed servers", 40 * MINUTE_MS),
];

/**
 * The suites named in a comma-separated list, in their own order; all of them without a list.
 * @throws Error naming the unknown suite
 */
export function selectSuites(suites: readonly Suite[], only: string | undefined): readonly Suite[] {
  if (only === undefined) return suites;
  const names = only.split(",").map((name) => name.trim());
  const known = suites.map((suite) => suite.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`no suite is named "${unknown}"; there are: ${known.join(", ")}`);
  return suites.filter((suite) => names.includes(suite.name));
}

function vitest(name: string, title: string, timeoutMs: number): Suite {
  return {
    name,
    title,
    timeoutMs,
    counts: "vitest",
    commands: () => [{ command: "vitest", args: ["run", "--project", name] }],
  };
}
