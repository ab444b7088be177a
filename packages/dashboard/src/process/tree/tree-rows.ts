import type { ProcessSummary } from "@optio/contract";
import type { TreeNode } from "./build-tree.ts";

/** A visible line of a tree, with what a screen reader says of its place. */
export interface TreeRow {
  readonly process: ProcessSummary;
  /** From 1. */
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  readonly hasChildren: boolean;
  readonly isOpen: boolean;
}

export interface TreeRowOptions {
  readonly closed: ReadonlySet<string>;
  /** Leaves out what is done, with all below it. */
  readonly hidesDone: boolean;
}

/** The lines below a node, those below a closed one left out. */
export function treeRows(node: TreeNode, options: TreeRowOptions, level = 1): TreeRow[] {
  const children = node.children.filter((child) => !options.hidesDone || child.process.state !== "done");
  return children.flatMap((child, index) => {
    const hasChildren = child.children.length > 0;
    const isOpen = hasChildren && !options.closed.has(child.process.id);
    const place = { level, position: index + 1, siblings: children.length };
    const row = { process: child.process, ...place, hasChildren, isOpen };
    return isOpen ? [row, ...treeRows(child, options, level + 1)] : [row];
  });
}

/** What a key does at a line of a tree. */
export type TreeMove =
  | { readonly type: "focus"; readonly index: number }
  | { readonly type: "open" | "close"; readonly id: string };

/** The move of a key at the line `index`, by the usual keys of a tree; undefined for another key. */
export function treeMove(key: string, index: number, rows: readonly TreeRow[]): TreeMove | undefined {
  const row = rows[index];
  if (!row) return undefined;
  const focus = (to: number): TreeMove => ({ type: "focus", index: Math.max(0, Math.min(to, rows.length - 1)) });
  if (key === "ArrowDown") return focus(index + 1);
  if (key === "ArrowUp") return focus(index - 1);
  if (key === "Home") return focus(0);
  if (key === "End") return focus(rows.length - 1);
  if (key === "ArrowRight" && row.hasChildren)
    return row.isOpen ? focus(index + 1) : { type: "open", id: row.process.id };
  if (key !== "ArrowLeft") return undefined;
  if (row.isOpen) return { type: "close", id: row.process.id };
  const parent = rows.findIndex(({ process }) => process.id === row.process.parent);
  return parent === -1 ? undefined : focus(parent);
}
