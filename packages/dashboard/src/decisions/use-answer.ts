import type { Decision, DecisionAnswer } from "@optio/contract";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answerDecision, fetchDecision } from "../api/calls.ts";
import { hasCode } from "../api/describe-error.ts";
import { queryKeys } from "../api/use-queries.ts";

interface Answer {
  readonly answer: DecisionAnswer;
  readonly reason?: string;
}

/** Answers a decision; `data.late` holds the decision when somebody else was faster. */
export function useAnswer(decision: Decision) {
  const queries = useQueryClient();
  const keys = useRef(new Map<string, string>());
  return useMutation({
    mutationFn: async ({ answer, reason }: Answer): Promise<{ late?: Decision }> => {
      try {
        await answerDecision(
          decision.id,
          answer,
          reason || undefined,
          keyFor(keys.current, `${answer} ${reason ?? ""}`),
        );
        return {};
      } catch (error) {
        if (!hasCode(error, "decision-already-resolved")) throw error;
        return { late: await fetchDecision(decision.id) };
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: queryKeys.decisions }),
  });
}

/** The same answer keeps its key, so that a retry after a lost reply is no second answer. */
function keyFor(keys: Map<string, string>, answer: string): string {
  const key = keys.get(answer) ?? crypto.randomUUID();
  keys.set(answer, key);
  return key;
}
