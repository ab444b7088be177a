import { useMutation } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { resync } from "../api/calls.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { plural } from "../ui/format.ts";

/** Reads the task definitions again and tells what changed. */
export function ResyncPanel() {
  const call = useMutation({ mutationFn: resync });
  const outcome = call.data;
  return (
    <section aria-labelledby="resync-title" className="mt-10">
      <h2 id="resync-title" className="text-lg font-semibold">
        Definitions
      </h2>
      <p className="mt-1 max-w-[72ch] text-sm text-muted">
        Reads the tasks of the configuration again: new ones appear, those that are gone are cancelled and removed, the
        rest keeps its state.
      </p>
      <Button className="mt-3" disabled={call.isPending} onClick={() => call.mutate()}>
        <RefreshCw size={14} aria-hidden="true" className={call.isPending ? "animate-spin" : ""} />
        {call.isPending ? "Reading…" : "Read definitions again"}
      </Button>
      {call.isError && <ErrorNote error={call.error} className="mt-3" />}
      {outcome && (
        <div
          role="status"
          data-testid="resync-outcome"
          className="mt-3 rounded bg-good-soft px-3 py-2 text-sm text-good"
        >
          <p>
            {plural(outcome.defined, "task")} defined, {outcome.added.length} added, {outcome.removed.length} removed.
          </p>
          <Ids title="Added" ids={outcome.added} />
          <Ids title="Removed" ids={outcome.removed} />
        </div>
      )}
    </section>
  );
}

function Ids({ title, ids }: { title: string; ids: readonly string[] }) {
  if (ids.length === 0) return null;
  return (
    <p className="break-words text-text">
      {title}: <code className="text-code">{ids.join(", ")}</code>
    </p>
  );
}
