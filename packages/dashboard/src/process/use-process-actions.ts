import type { ProcessSummary } from "@optio/contract";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { cancelProcess, dismissProcess, launchProcess } from "../api/calls.ts";
import { queryKeys } from "../api/use-queries.ts";

/** What a person may do with a process. */
export type ProcessAction = "launch" | "resume" | "cancel" | "dismiss";

/** Does actions with a process; one at a time. */
export function useProcessActions({ id }: Pick<ProcessSummary, "id">) {
  const queries = useQueryClient();
  const mutation = useMutation({
    mutationFn: (action: ProcessAction) => call(id, action),
    // the feed brings the rest of the news; pages that do not follow it read anew
    onSettled: () => queries.invalidateQueries({ queryKey: queryKeys.process(id) }),
  });
  return {
    run: mutation.mutate,
    /** The action on its way. */
    pending: mutation.isPending ? mutation.variables : undefined,
    error: mutation.error,
    reset: mutation.reset,
  };
}

function call(id: string, action: ProcessAction): Promise<ProcessSummary> {
  if (action === "cancel") return cancelProcess(id);
  if (action === "dismiss") return dismissProcess(id);
  return launchProcess(id, action === "resume");
}
