import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { parseSync } from "oxc-parser";

/** A syntax node as oxc gives it: a type, a place, and anything else. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A parsed source file; `path` is relative to the checkout, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly program: SyntaxNode;
}

/**
 * Parses one TypeScript or TSX source.
 * @throws Error naming the file and the first syntax error
 */
export function parseSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  return { path, text, program: asNode(program) };
}

/** Every product source of packages/NAME/src: tests, their support files and the generated protocol left out. */
export function readSources(checkout: string): SourceFile[] {
  return sourcePaths(checkout)
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => parseSource(path, readFileSync(join(checkout, path), "utf8")));
}

/** The files below packages/NAME/src that people wrote and users run, style sheets included. */
export function sourcePaths(checkout: string): string[] {
  return readdirSync(join(checkout, "packages"))
    .flatMap((name) => filesBelow(join(checkout, "packages", name, "src")))
    .map((file) => relative(checkout, file).split(sep).join("/"))
    .filter((path) => /\.(tsx?|css)$/.test(path) && !isExempt(path))
    .sort();
}

/** All nodes of a file, parents before children. */
export function* nodesOf(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) yield* nodesOf(child);
    }
  }
}

/** The specifiers a file imports: plain, type-only and dynamic imports, re-exports and `import("x")` types. */
export function importsOf(file: SourceFile): string[] {
  return [...nodesOf(file.program)].flatMap((node) => {
    const source = node.source;
    return isNode(source) && typeof source.value === "string" ? [source.value] : [];
  });
}

/** Narrows a value found in a node to a node. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** The 1-based line of an offset. */
export function lineOf(file: SourceFile, offset: number): number {
  return file.text.slice(0, offset).split("\n").length;
}

function isExempt(path: string): boolean {
  return /\.(test|test-support|d)\.tsx?$/.test(path) || path.startsWith("packages/engine/src/agents/codex/protocol/");
}

function asNode(value: unknown): SyntaxNode {
  if (!isNode(value)) throw new Error("the parser returned no syntax tree");
  return value;
}

function filesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
  } catch {
    return [];
  }
}
