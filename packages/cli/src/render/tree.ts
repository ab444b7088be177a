import type { ProcessSummary } from "@optio/contract";

/** A process with its children in their order. */
export interface ProcessTree extends ProcessSummary {
  readonly children: readonly ProcessTree[];
}

/** The trees of the given roots; descendants whose parent is missing are left out. */
export function growTrees(roots: readonly string[], processes: readonly ProcessSummary[]): ProcessTree[] {
  const byParent = Map.groupBy(processes, (process) => process.parent);
  const grow = (process: ProcessSummary): ProcessTree => {
    const children = [...(byParent.get(process.id) ?? [])];
    children.sort((a, b) => a.order - b.order || a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
    return { ...process, children: children.map(grow) };
  };
  const byId = new Map(processes.map((process) => [process.id, process]));
  return roots.flatMap((id) => {
    const root = byId.get(id);
    return root ? [grow(root)] : [];
  });
}

/** The processes of trees from top to bottom, each with its id behind the branches that lead to it. */
export function drawTrees(
  trees: readonly ProcessTree[],
): { readonly process: ProcessSummary; readonly label: string }[] {
  return trees.flatMap((tree) => [{ process: tree, label: tree.id }, ...drawBelow(tree, "")]);
}

function drawBelow({ children }: ProcessTree, indent: string): ReturnType<typeof drawTrees> {
  return children.flatMap((child, index) => {
    const isLast = index === children.length - 1;
    const label = `${indent}${isLast ? "└─ " : "├─ "}${child.id}`;
    return [{ process: child, label }, ...drawBelow(child, `${indent}${isLast ? "   " : "│  "}`)];
  });
}
