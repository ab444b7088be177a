import type { Filter, ProcessSummary } from "@optio/contract";
import { ACTIVE_STATES, stateIn } from "@optio/contract";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { cancelGroup } from "../api/calls.ts";
import { describeError, hasCode } from "../api/describe-error.ts";
import { queryKeys, useMatching } from "../api/use-queries.ts";
import { ProcessLink } from "../process/process-link.tsx";
import { Button } from "../ui/button.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { plural } from "../ui/format.ts";
import { FilterField } from "./filter-field.tsx";
import { readFilterText } from "./filter-text.ts";
import type { GroupAction } from "./group-call.ts";
import { groupCall } from "./group-call.ts";

const MAX_NAMES = 5;

/** Does one thing to all processes that a filter matches, after showing which they are. */
export function GroupPanel({ isAdmin }: { isAdmin: boolean }) {
  const [text, setText] = useState("");
  const [previewed, setPreviewed] = useState<Filter>();
  const [asked, setAsked] = useState<GroupAction>();
  const queries = useQueryClient();
  const matching = useMatching(previewed);
  const act = useMutation({
    mutationFn: ({ action, filter }: { action: GroupAction; filter: Filter }) =>
      cancelGroup(groupCall(action, filter, "")),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: queryKeys.blocks });
      if (previewed) void queries.invalidateQueries({ queryKey: queryKeys.matching(previewed) });
    },
  });
  const read = readFilterText(text);
  const isRefused = hasCode(matching.error, "invalid-filter");
  const found = matching.data;
  const active = found?.filter(({ state }) => stateIn(state, ACTIVE_STATES)) ?? [];
  return (
    <section aria-labelledby="group-title" className="mt-10">
      <h2 id="group-title" className="text-lg font-semibold">
        Many at once
      </h2>
      <p className="mt-1 max-w-[72ch] text-sm text-muted">
        Choose processes, look which they are, then cancel them together
        {isAdmin ? ", keep them from being launched, or remove their records." : "."}
      </p>
      <form
        aria-label="Choose a group"
        className="mt-3 rounded border border-line bg-surface p-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (read.type !== "filter") return;
          act.reset();
          setPreviewed(read.filter);
          void queries.invalidateQueries({ queryKey: queryKeys.matching(read.filter) });
        }}
      >
        <div className="flex flex-wrap items-start gap-3">
          <div className="min-w-0 flex-1 basis-72">
            <FilterField
              text={text}
              read={read}
              onChange={(next) => {
                setText(next);
                setPreviewed(undefined);
              }}
              refusal={isRefused ? describeError(matching.error).message : undefined}
            />
          </div>
          <Button
            type="submit"
            disabled={read.type !== "filter" || matching.isFetching}
            className="mt-8 max-sm:mt-0 max-sm:w-full"
          >
            {matching.isFetching ? "Looking…" : "Show which"}
          </Button>
        </div>
        {matching.isError && !isRefused && <ErrorNote error={matching.error} className="mt-3" />}
        {previewed && found && (
          <>
            <Preview found={found} active={active} />
            <div className="mt-3 flex flex-wrap gap-2">
              <Button look="danger" disabled={active.length === 0 || act.isPending} onClick={() => setAsked("cancel")}>
                Cancel…
              </Button>
              {isAdmin && (
                <>
                  <Button look="danger" disabled={act.isPending} onClick={() => setAsked("block")}>
                    Cancel and block…
                  </Button>
                  <Button
                    look="danger"
                    disabled={found.length === 0 || act.isPending}
                    onClick={() => setAsked("purge")}
                  >
                    Remove records…
                  </Button>
                </>
              )}
            </div>
          </>
        )}
        {act.isPending && (
          <p role="status" className="breathe mt-3 text-sm text-muted">
            Asking them to end…
          </p>
        )}
        {act.isError && <ErrorNote error={act.error} className="mt-3" />}
        {act.data && <Outcome outcome={act.data} />}
      </form>
      {asked && previewed && (
        <AskDialog
          action={asked}
          active={active.length}
          found={found?.length ?? 0}
          onConfirm={() => act.mutate({ action: asked, filter: previewed })}
          onClose={() => setAsked(undefined)}
        />
      )}
    </section>
  );
}

function Preview({ found, active }: { found: readonly ProcessSummary[]; active: readonly ProcessSummary[] }) {
  const named = (active.length > 0 ? active : found).slice(0, MAX_NAMES);
  const more = (active.length > 0 ? active : found).length - named.length;
  return (
    <div role="status" className="mt-3 rounded bg-sunken px-3 py-2 text-sm" data-testid="group-preview">
      <p>
        <strong className="font-semibold">{plural(active.length, "active process", "active processes")}</strong> of{" "}
        {plural(found.length, "match", "matches")}.
      </p>
      {named.length > 0 && (
        <ul className="mt-1 flex flex-wrap gap-x-4">
          {named.map((process) => (
            <li key={process.id} className="max-w-full min-w-0">
              <ProcessLink process={process} className="block truncate text-action underline pointer-coarse:py-2">
                {process.name}
              </ProcessLink>
            </li>
          ))}
          {more > 0 && <li className="text-muted">and {more} more</li>}
        </ul>
      )}
    </div>
  );
}

function Outcome({ outcome }: { outcome: Awaited<ReturnType<typeof cancelGroup>> }) {
  const parts = [
    outcome.cancelled === 0
      ? "Nothing was running"
      : `${plural(outcome.cancelled, "process", "processes")} asked to end`,
    outcome.purged > 0 && `${plural(outcome.purged, "record")} removed`,
    outcome.blockId !== null && "new launches are blocked",
  ].filter(Boolean);
  return (
    <p role="status" data-testid="group-outcome" className="mt-3 rounded bg-good-soft px-3 py-2 text-sm text-good">
      {parts.join(", ")}.
    </p>
  );
}

interface AskDialogProps {
  readonly action: GroupAction;
  readonly active: number;
  readonly found: number;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

function AskDialog({ action, active, found, onConfirm, onClose }: AskDialogProps) {
  const running = plural(active, "active process", "active processes");
  const words = {
    cancel: {
      title: `Cancel ${running}?`,
      verb: "Cancel them",
      text: "Each is asked to stop, with everything below it. Their logs stay.",
    },
    block: {
      title: `Cancel ${running} and block?`,
      verb: "Cancel and block",
      text: "Each is asked to stop, and nothing that matches is launched until the block is lifted.",
    },
    purge: {
      title: `Remove ${plural(found, "record")}?`,
      verb: "Remove records",
      text: "What runs is cancelled first; then the records go, with their logs, results and everything below them. This cannot be taken back.",
    },
  }[action];
  return (
    <ConfirmDialog title={words.title} action={words.verb} keep="Leave them" onConfirm={onConfirm} onClose={onClose}>
      {words.text}
    </ConfirmDialog>
  );
}
