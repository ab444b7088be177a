import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PROCESS_ARROWS, ROUTES } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { sourcePaths } from "./architecture/source-file.ts";
import type { Names } from "./docs/glossary.ts";
import { glossaryProblems } from "./docs/glossary.ts";
import { codeSpans, tableRows, tableRowsBelow } from "./docs/markdown.ts";
import { PARITY_IDS, parityProblems } from "./docs/parity.ts";

const checkout = dirname(import.meta.dirname);
const read = (path: string) => readFileSync(join(checkout, path), "utf8");

describe("parity.md", () => {
  test("has every row of upstream once, each landed one with a test or a reason", () => {
    const readTest = (path: string) => (existsSync(join(checkout, path)) ? read(path) : undefined);
    expect(parityProblems(read("docs/reference/parity.md"), readTest)).toEqual([]);
  });

  test("is refused when a row is missing, twice, unknown, or landed without a test", () => {
    const good = ["| Id | What | Status | How | Test |", "| - | - | - | - | - |"];
    good.push(...PARITY_IDS.map((id) => `| ${id} | a | later | step 2 | |`));
    const problems = (...rows: string[]) =>
      parityProblems([...good.slice(0, -1), ...rows].join("\n"), (path) =>
        path === "a.test.ts" ? "works" : undefined,
      );
    const last = PARITY_IDS.at(-1);
    const landed = (cells: string) => problems(`| ${last} | a | ${cells} |`);
    expect(problems()).toEqual([`${last} is missing`]);
    expect(problems(`| ${last} | a | later | after the seven steps | |`)).toEqual([]);
    expect(problems(`| ${last} | a | later | some day | |`)).toEqual([`${last} does not say when`]);
    expect(problems(`| ${last} | a | later | step 2 | |`, "| E-01 | a | later | step 2 | |")).toEqual([
      "E-01 occurs twice",
    ]);
    expect(problems(`| ${last} | a | later | step 2 | |`, "| E-99 | a | later | step 2 | |")).toEqual([
      "E-99 is not upstream's",
    ]);
    expect(landed("done | |  ")).toEqual([`${last} has the unknown status "done"`]);
    expect(landed("same | | ")).toEqual([`${last} has landed without a test or a reason`]);
    expect(landed("same | | `b.test.ts` › works")).toEqual([`${last}: there is no b.test.ts`]);
    expect(landed("same | | `a.test.ts` › fails")).toEqual([`${last}: no test "fails" in a.test.ts`]);
    expect(landed("same | | `a.test.ts` › works")).toEqual([]);
    expect(landed("adapted | | `a.test.ts` › works")).toEqual([`${last} does not say how`]);
    expect(landed("replaced | by x | none needed: gone")).toEqual([]);
  });
});

describe("glossary.md", () => {
  test("calls nothing landed that is not in the sources", () => {
    expect(glossaryProblems(read("docs/reference/glossary.md"), productNames())).toEqual([]);
  });

  test("is refused when a landed name is nowhere, or a row does not say since when", () => {
    const names: Names = {
      packages: ["@optio/x"],
      routes: ["GET /a"],
      paths: ["packages/engine/src/a/b.ts"],
      text: "foo",
    };
    const problems = (ours: string, since: string) =>
      glossaryProblems(
        `## Upstream's names and ours\n\n| U | O | S |\n| - | - | - |\n| u | ${ours} | ${since} |`,
        names,
      );
    expect(problems("`@optio/x`, `GET /a`, `a/b.ts`, `foo`", "landed")).toEqual([]);
    expect(problems("`@optio/y`, `GET /b`, `a/c.ts`, `fo`", "landed")).toHaveLength(4);
    expect(problems("`fo`", "step 2")).toEqual([]);
    expect(problems("`foo`", "soon")).toEqual(['u: "soon" is neither landed nor a step']);
  });
});

describe("lifecycle.md", () => {
  const page = read("docs/reference/lifecycle.md");

  test("shows the arrows between states that the contract has", () => {
    const rows = tableRowsBelow(page, "States of a process");
    const arrows = rows.map(([from = "", to = ""]) => [codeSpans(from)[0], codeSpans(to)]);
    expect(Object.fromEntries(arrows)).toEqual(PROCESS_ARROWS);
  });

  test("calls no resource of a session landed that has no file", () => {
    const landed = tableRowsBelow(page, "What a session is made of")
      .filter(([, , , , since]) => since === "landed")
      .map(([, name = ""]) => `${codeSpans(name)[0]}.ts`.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    const files = sourcePaths(checkout).map((path) => path.split("packages/engine/src/session/resources/")[1]);
    expect(landed.filter((file) => !files.includes(file))).toEqual([]);
  });
});

describe("the records of decisions", () => {
  const files = readdirSync(join(checkout, "docs/adr")).sort();

  test.each(files)("%s has its four parts, and its number in its title", (file) => {
    const text = read(`docs/adr/${file}`);
    expect(text).toMatch(new RegExp(`^# ${file.slice(0, 4)} `));
    for (const part of ["Context", "Decision", "Alternatives", "Consequences"])
      expect(text).toContain(`\n## ${part}\n`);
  });

  test("give a reason for every dependency there is, and for no other", () => {
    const explained = tableRows(read("docs/adr/0006-dependencies.md")).flatMap(([names = ""]) => codeSpans(names));
    expect(explained.sort()).toEqual(dependencies());
  });
});

test("relative links in the documents lead somewhere", () => {
  const broken = markdownFiles().flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
      .filter(([, target = ""]) => !existsSync(join(checkout, dirname(file), target)))
      .map(([, target]) => `${file}: ${target}`),
  );
  expect(broken).toEqual([]);
});

function productNames(): Names {
  const paths = sourcePaths(checkout);
  const packages = manifests().flatMap(({ name, exports = {} }) =>
    Object.keys(exports).map((key) => name + key.slice(1)),
  );
  const routes = ROUTES.filter((route) => route.landed).map((route) => `${route.method} ${route.path}`);
  return { packages, routes, paths, text: paths.map(read).join("\n") };
}

interface Manifest {
  readonly name: string;
  readonly exports?: Record<string, string>;
  readonly [kind: `${string}ependencies`]: Record<string, string> | undefined;
}

function manifests(): Manifest[] {
  const paths = readdirSync(join(checkout, "packages")).map((name) => `packages/${name}/package.json`);
  return ["package.json", ...paths].map((path) => JSON.parse(read(path)));
}

function dependencies(): string[] {
  const all = manifests().flatMap((manifest) => [
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.devDependencies ?? {}),
    ...Object.keys(manifest.optionalDependencies ?? {}),
  ]);
  return [...new Set(all)].filter((name) => !name.startsWith("@optio/")).sort();
}

function markdownFiles(): string[] {
  const below = readdirSync(join(checkout, "docs"), { recursive: true, encoding: "utf8" }).map((path) =>
    join("docs", path),
  );
  return [...readdirSync(checkout), ...below].filter((path) => path.endsWith(".md"));
}

test("the README shows the example that runs in CI", () => {
  expect(read("README.md")).toContain(`\`\`\`ts\n${read("examples/ask-codex.ts")}\`\`\``);
});
