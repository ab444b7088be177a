import { FileDiff } from "lucide-react";
import { lazy, Suspense, useMemo } from "react";
import { relativePath } from "../relative-path.ts";
import { parseDiff } from "./parse-diff.ts";

const DiffView = lazy(() => import("./diff-view.tsx"));

/** A change to one file; `type` is add, delete or update. */
export interface FileChange {
  readonly path: string;
  readonly type?: string;
  readonly diff: string;
}

const VERBS: Readonly<Record<string, string>> = { add: "Created", delete: "Deleted", update: "Edited" };

interface FileChangesProps {
  readonly changes: readonly FileChange[];
  /** Paths below it are shown as seen from it. */
  readonly directory: string | null | undefined;
  /** In place of what the change's type says. */
  readonly verb?: string;
}

/** Files with their diffs, each foldable; open while there are few. */
export function FileChanges({ changes, directory, verb }: FileChangesProps) {
  return (
    <ul className="flex flex-col gap-2">
      {changes.map((change) => (
        <li key={change.path}>
          <FileBox
            change={change}
            name={relativePath(change.path, directory)}
            isOpen={changes.length <= 3}
            verb={verb}
          />
        </li>
      ))}
    </ul>
  );
}

interface FileBoxProps {
  readonly change: FileChange;
  readonly name: string;
  readonly isOpen: boolean;
  readonly verb: string | undefined;
}

function FileBox({ change, name, isOpen, verb }: FileBoxProps) {
  const whole = change.type === "delete" ? "remove" : "add";
  const { added, removed } = useMemo(() => parseDiff(change.diff, whole), [change.diff, whole]);
  return (
    <details open={isOpen} className="overflow-hidden rounded border border-line bg-surface">
      <summary className="flex min-h-8 items-center gap-2 px-3 py-1 text-sm hover:bg-hover">
        <FileDiff size={14} className="shrink-0 text-muted" aria-hidden="true" />
        <span className="text-muted">{verb ?? VERBS[change.type ?? "update"] ?? "Changed"}</span>
        <span className="min-w-0 flex-1 truncate font-mono text-code" title={change.path}>
          {name}
        </span>
        <span className="shrink-0 font-mono text-code">
          <span className="text-good">+{added}</span> <span className="text-bad">−{removed}</span>
        </span>
      </summary>
      <div className="border-t border-line">
        <Suspense fallback={<p className="px-3 py-2 text-sm text-muted">Loading the diff…</p>}>
          <DiffView diff={change.diff} whole={whole} />
        </Suspense>
      </div>
    </details>
  );
}
