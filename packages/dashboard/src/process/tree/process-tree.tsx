import { useNavigate } from "@tanstack/react-router";
import type { KeyboardEvent } from "react";
import { useMemo, useRef, useState } from "react";
import { plural } from "../../ui/format.ts";
import type { TreeNode } from "./build-tree.ts";
import { countProcesses, descendantsOf } from "./build-tree.ts";
import { TreeLine } from "./tree-line.tsx";
import { treeMove, treeRows } from "./tree-rows.ts";

const MAX_LINES = 200;

/** Everything below a process: a tree that opens and closes, by mouse and by arrow keys. */
export function ProcessTree({ node, now }: { node: TreeNode; now: number }) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [hidesDone, setHidesDone] = useState(false);
  const [focusedId, setFocusedId] = useState<string>();
  const [shownLines, setShownLines] = useState(MAX_LINES);
  const list = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const rows = useMemo(() => treeRows(node, { closed, hidesDone }), [node, closed, hidesDone]);
  const counts = useMemo(() => countProcesses(descendantsOf(node)), [node]);
  const shown = rows.slice(0, shownLines);
  const focusedIndex = Math.max(
    0,
    shown.findIndex(({ process }) => process.id === focusedId),
  );
  const setOpen = (id: string, isOpen: boolean) =>
    setClosed((before) => {
      const after = new Set(before);
      if (isOpen) after.delete(id);
      else after.add(id);
      return after;
    });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = shown[focusedIndex];
    if (event.key === "Enter" && row) {
      event.preventDefault();
      const to = row.process.kind === "session" ? "/s/$id" : "/processes/$id";
      void navigate({ to, params: { id: row.process.id } });
      return;
    }
    const move = treeMove(event.key, focusedIndex, shown);
    if (!move) return;
    event.preventDefault();
    if (move.type !== "focus") setOpen(move.id, move.type === "open");
    else list.current?.querySelectorAll<HTMLElement>("[role=treeitem]")[move.index]?.focus();
  };
  return (
    <section aria-label="Below this process" className="min-w-0">
      <div className="mb-1 flex flex-wrap items-center justify-between gap-x-3">
        <h2 className="text-sm font-semibold text-muted">
          Below this process{" "}
          <span className="font-normal" data-testid="tree-counts">
            {countsText(counts)}
          </span>
        </h2>
        {counts.total > 0 && (
          <label className="flex min-h-6 items-center gap-1.5 text-xs text-muted pointer-coarse:min-h-11">
            <input type="checkbox" checked={hidesDone} onChange={(event) => setHidesDone(event.target.checked)} />
            Hide what is done
          </label>
        )}
      </div>
      {rows.length === 0 ? (
        <p className="rounded border border-line bg-surface px-3 py-2 text-sm text-muted">
          Everything below this process is done.
        </p>
      ) : (
        <div
          ref={list}
          role="tree"
          aria-label="Processes below this one"
          className="overflow-hidden rounded border border-line bg-surface"
          onKeyDown={onKeyDown}
        >
          {shown.map((row, index) => (
            <TreeLine
              key={row.process.id}
              row={row}
              now={now}
              isTabStop={index === focusedIndex}
              onFocus={() => setFocusedId(row.process.id)}
              onToggle={() => setOpen(row.process.id, !row.isOpen)}
            />
          ))}
        </div>
      )}
      {shown.length < rows.length && (
        <button
          type="button"
          className="mt-1 min-h-8 w-full rounded text-sm text-action hover:bg-hover pointer-coarse:min-h-11"
          onClick={() => setShownLines(shownLines + MAX_LINES)}
        >
          Show {Math.min(MAX_LINES, rows.length - shown.length)} of{" "}
          {plural(rows.length - shown.length, "more process", "more processes")}
        </button>
      )}
    </section>
  );
}

function countsText({ total, active, failed, waiting }: ReturnType<typeof countProcesses>): string {
  const parts = [
    String(total),
    active > 0 && `${active} running`,
    failed > 0 && `${failed} failed`,
    waiting > 0 && `${waiting} waiting for you`,
  ];
  return parts.filter(Boolean).join(" · ");
}
