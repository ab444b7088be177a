import { codeSpans, tableRowsBelow } from "./markdown.ts";

/** Where a name of the glossary can be looked up. */
export interface Names {
  /** Import specifiers of our packages. */
  readonly packages: readonly string[];
  /** Landed routes, as `GET /path/:id`. */
  readonly routes: readonly string[];
  /** Paths of sources, relative to the checkout. */
  readonly paths: readonly string[];
  /** All sources together. */
  readonly text: string;
}

const SINCE = /^(landed|step [2-7]|after the seven steps)$/;
/** Names in the column of ours that only say what is gone. */
const NOT_OURS = ["on-failure"];

/** Names on our side, marked as landed, that nothing in the sources bears; and rows that do not say since when. */
export function glossaryProblems(page: string, names: Names): string[] {
  return tableRowsBelow(page, "Upstream's names and ours").flatMap(([upstream, ours = "", since = ""]) => {
    if (!SINCE.test(since)) return [`${upstream}: "${since}" is neither landed nor a step`];
    if (since !== "landed") return [];
    return codeSpans(ours)
      .filter((name) => !NOT_OURS.includes(name) && !exists(name, names))
      .map((name) => `${name} is called landed and is not in the sources`);
  });
}

function exists(name: string, { packages, routes, paths, text }: Names): boolean {
  if (name.startsWith("@")) return packages.includes(name);
  if (/^(GET|POST|PUT|DELETE) /.test(name)) return routes.includes(name);
  if (name.includes("/")) return paths.some((path) => path.includes(`/src/${name}`));
  return new RegExp(`\\b${name}\\b`).test(text);
}
