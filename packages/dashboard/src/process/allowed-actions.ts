import type { ProcessSummary } from "@optio/contract";
import { CANCELLABLE_STATES, END_STATES, LAUNCHABLE_STATES, stateIn } from "@optio/contract";
import type { ProcessAction } from "./use-process-actions.ts";

/** The actions that the state of a process allows, the likeliest first; a child is launched by its parent. */
export function allowedActions(process: ProcessSummary): ProcessAction[] {
  const { state, depth, supportsResume, hasSavedState, cancellable } = process;
  const mayLaunch = stateIn(state, LAUNCHABLE_STATES) && depth === 0;
  const actions: readonly (readonly [ProcessAction, boolean])[] = [
    ["resume", mayLaunch && supportsResume && hasSavedState],
    ["launch", mayLaunch],
    ["cancel", cancellable && stateIn(state, CANCELLABLE_STATES)],
    ["dismiss", stateIn(state, END_STATES) && depth === 0],
  ];
  return actions.filter(([, isAllowed]) => isAllowed).map(([action]) => action);
}

/** Why a process cannot be resumed, or that it can. */
export function resumeText({ supportsResume, hasSavedState }: ProcessSummary): string {
  if (!supportsResume) return "Not supported by this task: every launch starts afresh.";
  if (!hasSavedState) return "Nothing was saved to go on from yet: a launch starts afresh.";
  return "An earlier run saved where it stopped; Resume goes on from there.";
}
