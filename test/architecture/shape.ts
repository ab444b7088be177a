import type { SourceFile, SyntaxNode } from "./source-file.ts";
import { isNode, lineOf, nodesOf } from "./source-file.ts";

const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 60;
const MAX_COMPONENT_LINES = 120;
const FUNCTIONS = ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"];
/** Contract suites are tests: their functions hold many cases. */
const CONTRACT_SUITES = "packages/engine/src/testing/";

/** Files and functions over the limit. Components (TSX) may have 120 lines, other functions 60, files 400. */
export function sizeViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const lines = file.text.trimEnd().split("\n").length;
    const tooLong = lines > MAX_FILE_LINES ? [`${file.path} has ${lines} lines, more than ${MAX_FILE_LINES}`] : [];
    return [...tooLong, ...(file.path.startsWith(CONTRACT_SUITES) ? [] : longFunctions(file))];
  });
}

/** Module-level mutable state: `let`, `var`, and containers that start empty to be filled later. */
export function stateViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    topLevelDeclarations(file.program)
      .filter((declaration) => declaration.kind !== "const" || declaratorsOf(declaration).some(startsEmpty))
      .map((declaration) => `${file.path}:${lineOf(file, declaration.start)} is module-level mutable state`),
  );
}

function longFunctions(file: SourceFile): string[] {
  const limit = file.path.endsWith(".tsx") ? MAX_COMPONENT_LINES : MAX_FUNCTION_LINES;
  return [...nodesOf(file.program)]
    .filter((node) => FUNCTIONS.includes(node.type))
    .map((node) => ({ line: lineOf(file, node.start), lines: lineOf(file, node.end) - lineOf(file, node.start) + 1 }))
    .filter(({ lines }) => lines > limit)
    .map(({ line, lines }) => `${file.path}:${line} is a function of ${lines} lines, more than ${limit}`);
}

function topLevelDeclarations(program: SyntaxNode): SyntaxNode[] {
  const body: unknown[] = Array.isArray(program.body) ? program.body : [];
  return body
    .map((statement) => (isNode(statement) && isNode(statement.declaration) ? statement.declaration : statement))
    .filter(isNode)
    .filter((node) => node.type === "VariableDeclaration" && node.declare !== true);
}

function declaratorsOf(declaration: SyntaxNode): SyntaxNode[] {
  return Array.isArray(declaration.declarations) ? declaration.declarations.filter(isNode) : [];
}

function startsEmpty({ init }: SyntaxNode): boolean {
  if (!isNode(init)) return false;
  const isEmpty = (list: unknown) => Array.isArray(list) && list.length === 0;
  if (init.type === "ArrayExpression") return isEmpty(init.elements);
  if (init.type === "ObjectExpression") return isEmpty(init.properties);
  if (init.type !== "NewExpression" || !isNode(init.callee)) return false;
  return ["Map", "Set", "WeakMap", "WeakSet"].includes(String(init.callee.name)) && isEmpty(init.arguments);
}
