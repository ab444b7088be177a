import type { ProcessSummary } from "@optio/contract";
import type { TreeCounts } from "../process/tree/build-tree.ts";
import { countProcesses } from "../process/tree/build-tree.ts";
import { tagText } from "../ui/tag-text.ts";

/** A process as a list shows it, with those below it folded into numbers. */
export interface Family {
  readonly head: ProcessSummary;
  readonly below: readonly ProcessSummary[];
  readonly counts: TreeCounts;
}

/** Folds every process below its root; one whose root is not listed stands under the topmost that is. */
export function foldFamilies(processes: ReadonlyMap<string, ProcessSummary>): Family[] {
  const below = new Map<string, ProcessSummary[]>();
  const heads: ProcessSummary[] = [];
  for (const process of processes.values()) {
    const head = headOf(process, processes);
    if (head === process) heads.push(process);
    else below.set(head.id, [...(below.get(head.id) ?? []), process]);
  }
  return heads.map((head) => {
    const folded = below.get(head.id) ?? [];
    return { head, below: folded, counts: countProcesses(folded) };
  });
}

function headOf(process: ProcessSummary, processes: ReadonlyMap<string, ProcessSummary>): ProcessSummary {
  const root = processes.get(process.root);
  if (root) return root;
  const parent = process.parent === null ? undefined : processes.get(process.parent);
  return parent ? headOf(parent, processes) : process;
}

/** The families in which one process holds every word of the text: in its name, description, id or metadata. */
export function searchFamilies(families: readonly Family[], text: string): readonly Family[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return families;
  const holdsAll = (process: ProcessSummary) => {
    const hay = wordsOf(process);
    return words.every((word) => hay.includes(word));
  };
  return families.filter(({ head, below }) => holdsAll(head) || below.some(holdsAll));
}

function wordsOf({ id, name, description, metadata }: ProcessSummary): string {
  const tags = Object.entries(metadata).map(([key, value]) => `${key}=${tagText(value)}`);
  return [id, name, description ?? "", ...tags].join("\n").toLowerCase();
}
