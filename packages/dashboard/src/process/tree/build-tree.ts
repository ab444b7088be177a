import type { ProcessSummary } from "@optio/contract";
import { ACTIVE_STATES, stateIn } from "@optio/contract";

/** A process and those below it, siblings in their order. */
export interface TreeNode {
  readonly process: ProcessSummary;
  readonly children: readonly TreeNode[];
}

/** What is below a process, in numbers. */
export interface TreeCounts {
  readonly total: number;
  readonly active: number;
  readonly failed: number;
  /** Sessions that wait for a person. */
  readonly waiting: number;
}

/** The tree below a process, by the parents that the records name; undefined when the process is not among them. */
export function buildTree(processes: Iterable<ProcessSummary>, rootId: string): TreeNode | undefined {
  const byParent = new Map<string, ProcessSummary[]>();
  let root: ProcessSummary | undefined;
  for (const process of processes) {
    if (process.id === rootId) root = process;
    else if (process.parent !== null) byParent.set(process.parent, [...(byParent.get(process.parent) ?? []), process]);
  }
  return root && nodeOf(root, byParent);
}

function nodeOf(process: ProcessSummary, byParent: ReadonlyMap<string, readonly ProcessSummary[]>): TreeNode {
  const children = [...(byParent.get(process.id) ?? [])].sort((a, b) => a.order - b.order || a.id.localeCompare(b.id));
  return { process, children: children.map((child) => nodeOf(child, byParent)) };
}

/** Counts processes that stand below another one. */
export function countProcesses(processes: Iterable<ProcessSummary>): TreeCounts {
  const counts = { total: 0, active: 0, failed: 0, waiting: 0 };
  for (const process of processes) {
    counts.total += 1;
    if (process.state === "failed") counts.failed += 1;
    if (!stateIn(process.state, ACTIVE_STATES)) continue;
    counts.active += 1;
    if (waitsForPerson(process)) counts.waiting += 1;
  }
  return counts;
}

/** True when a running session waits for a decision or a login. */
export function waitsForPerson({ state, session }: ProcessSummary): boolean {
  if (!session || !stateIn(state, ACTIVE_STATES)) return false;
  return session.pendingDecisions > 0 || session.phase === "waiting" || session.phase === "login";
}

/** Every process below a node, parents before children. */
export function descendantsOf(node: TreeNode): ProcessSummary[] {
  return node.children.flatMap((child) => [child.process, ...descendantsOf(child)]);
}
