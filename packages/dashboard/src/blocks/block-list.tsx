import type { Block } from "@optio/contract";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Lock, ShieldBan } from "lucide-react";
import { useState } from "react";
import { liftBlock } from "../api/calls.ts";
import { queryKeys, useBlocks } from "../api/use-queries.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { formatInstant } from "../ui/format.ts";
import { filterToText } from "./filter-text.ts";

/** The blocks that stand, each to be lifted by an admin. */
export function BlockList({ isAdmin }: { isAdmin: boolean }) {
  const blocks = useBlocks();
  const queries = useQueryClient();
  const lift = useMutation({
    mutationFn: liftBlock,
    onSettled: () => queries.invalidateQueries({ queryKey: queryKeys.blocks }),
  });
  const [asked, setAsked] = useState<Block>();
  const items = blocks.data?.items;
  return (
    <div className="mt-3">
      {blocks.isError && <ErrorNote error={blocks.error} className="mb-2" />}
      {lift.isError && <ErrorNote error={lift.error} className="mb-2" />}
      {!items && !blocks.isError && <p className="breathe text-sm text-muted">Loading the blocks…</p>}
      {items?.length === 0 && (
        <p className="rounded border border-line bg-surface px-3 py-3 text-sm text-muted" data-testid="no-blocks">
          No launch is blocked.
        </p>
      )}
      {items && items.length > 0 && (
        <ul className="overflow-hidden rounded border border-line bg-surface">
          {items.map((block) => (
            <li key={block.id} data-testid="block-row" className="border-line [&+li]:border-t">
              <BlockRow
                block={block}
                isLifting={lift.isPending && lift.variables === block.id}
                onLift={isAdmin ? () => setAsked(block) : undefined}
              />
            </li>
          ))}
        </ul>
      )}
      {asked && (
        <ConfirmDialog
          title="Lift this block?"
          action="Lift the block"
          onConfirm={() => lift.mutate(asked.id)}
          onClose={() => setAsked(undefined)}
        >
          What matches <code className="text-code break-words text-text">{filterToText(asked.filter)}</code> can be
          launched again, and its schedules start it again.
        </ConfirmDialog>
      )}
    </div>
  );
}

interface BlockRowProps {
  readonly block: Block;
  readonly isLifting: boolean;
  /** Absent: the reader may not. */
  readonly onLift: (() => void) | undefined;
}

function BlockRow({ block, isLifting, onLift }: BlockRowProps) {
  return (
    <div className="flex items-center gap-3 px-3 py-2">
      <ShieldBan size={16} aria-hidden="true" className="shrink-0 text-attention" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2">
          <code className="text-code break-all">{filterToText(block.filter)}</code>
          {block.persistent ? (
            <Badge title="Stands until it is lifted">
              <Lock size={11} aria-hidden="true" className="mr-1" /> persistent
            </Badge>
          ) : (
            <Badge title="Gone when the server restarts">until restart</Badge>
          )}
        </p>
        <p className="text-sm break-words text-muted">
          {block.reason ?? "No reason given"} · since {formatInstant(block.createdAt)}
        </p>
      </div>
      {onLift && (
        <Button disabled={isLifting} onClick={onLift} aria-label={`Lift the block of ${filterToText(block.filter)}`}>
          {isLifting ? "Lifting…" : "Lift…"}
        </Button>
      )}
    </div>
  );
}
