import { tableRows } from "./markdown.ts";

/** How many rows upstream's specification has of each kind; ids count from 1. */
const COUNTS: Readonly<Record<string, number>> = {
  E: 33,
  H: 11,
  P: 16,
  I: 15,
  C: 23,
  S: 13,
  R: 12,
  B: 7,
  A: 20,
  U: 21,
  D: 8,
  G: 59,
};
const DEFECTS = 51;
const STATUSES = ["same", "adapted", "replaced", "later"];
const WHEN = /\bsteps? [2-7]\b|after the seven steps/;

/** Every id that parity.md must have exactly once. */
export const PARITY_IDS: readonly string[] = [
  ...Object.entries(COUNTS).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => `${kind}-${String(index + 1).padStart(2, "0")}`),
  ),
  ...Array.from({ length: DEFECTS }, (_, index) => `defect S-${index + 1}`),
];

/** What is wrong with a parity page, one line each; `readTest` returns the text of a test file, if there is one. */
export function parityProblems(page: string, readTest: (path: string) => string | undefined): string[] {
  const rows = tableRows(page).filter((row) => row.length === 5);
  const ids = rows.map(([id]) => id);
  return [
    ...PARITY_IDS.filter((id) => !ids.includes(id)).map((id) => `${id} is missing`),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} occurs twice`),
    ...ids.filter((id) => id !== undefined && !PARITY_IDS.includes(id)).map((id) => `${id} is not upstream's`),
    ...rows.flatMap((row) => rowProblems(row, readTest)),
  ];
}

function rowProblems(row: readonly string[], readTest: (path: string) => string | undefined): string[] {
  const [id = "", what = "", status = "", how = "", test = ""] = row;
  if (what === "") return [`${id} says nothing`];
  if (!STATUSES.includes(status)) return [`${id} has the unknown status "${status}"`];
  if (status === "later") return WHEN.test(how) ? [] : [`${id} does not say when`];
  if (status !== "same" && how === "") return [`${id} does not say how`];
  const reason = /^none needed: \S/.test(test);
  if (reason) return [];
  const [, path, name] = /^`([^`]+)` › (\S.*)$/.exec(test) ?? [];
  if (path === undefined || name === undefined) return [`${id} has landed without a test or a reason`];
  const text = readTest(path);
  if (text === undefined) return [`${id}: there is no ${path}`];
  return text.includes(name) ? [] : [`${id}: no test "${name}" in ${path}`];
}
