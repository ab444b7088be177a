import type { DecisionAnswer, DecisionResolution } from "@optio/contract";
import { DECISION_ANSWERS, OptioError } from "@optio/contract";
import { z } from "zod";
import type { DecisionDemand } from "../../agent/agent-kind.ts";
import type { CommandExecutionApprovalDecision } from "./protocol/v2/CommandExecutionApprovalDecision";
import type { CommandExecutionRequestApprovalParams } from "./protocol/v2/CommandExecutionRequestApprovalParams";
import type { FileChangeApprovalDecision } from "./protocol/v2/FileChangeApprovalDecision";
import type { FileChangeRequestApprovalParams } from "./protocol/v2/FileChangeRequestApprovalParams";
import { reads } from "./read.ts";
import type { RpcId } from "./rpc-client.ts";

export const COMMAND_APPROVAL = "item/commandExecution/requestApproval";
export const FILE_CHANGE_APPROVAL = "item/fileChange/requestApproval";

const place = { threadId: z.string(), turnId: z.string(), itemId: z.string() };
const amendmentSchema = z.looseObject({ host: z.string(), action: z.enum(["allow", "deny"]) });

export const commandApprovalSchema = reads<CommandExecutionRequestApprovalParams>()(
  z.looseObject({
    ...place,
    proposedExecpolicyAmendment: z.array(z.string()).nullish(),
    proposedNetworkPolicyAmendments: z.array(amendmentSchema).nullish(),
    availableDecisions: z.array(z.union([z.string(), z.looseObject({})])).nullish(),
  }),
);
export const fileChangeApprovalSchema = reads<FileChangeRequestApprovalParams>()(z.looseObject(place));

/** What the record of a demand must hold to be answered. */
const answerableSchema = z.looseObject({
  prefix: z.array(z.string()).optional(),
  networkAmendment: amendmentSchema.optional(),
});

/** The stable name of one of codex's requests. */
export function agentKeyOf(id: RpcId): string {
  return JSON.stringify(id);
}

/** The id behind a name that `agentKeyOf` made. @throws `agent-protocol`. */
export function requestIdOf(agentKey: string): RpcId {
  try {
    return z.union([z.string(), z.number()]).parse(JSON.parse(agentKey));
  } catch (cause) {
    throw new OptioError("agent-protocol", `'${agentKey}' names no request of codex`, { cause });
  }
}

/** A wish to run a command, or to reach a host, as a demand. */
export function demandOfCommand(id: RpcId, params: z.infer<typeof commandApprovalSchema>): DecisionDemand {
  const {
    availableDecisions,
    proposedExecpolicyAmendment: prefix,
    proposedNetworkPolicyAmendments: amendments,
    ...request
  } = params;
  const allowing = amendments?.find(({ action }) => action === "allow");
  const answers = new Set<DecisionAnswer>(["accept", "accept_for_session", "decline", "cancel"]);
  // codex lists the amendments only where it will take them
  const listed = availableDecisions?.map((decision) => JSON.stringify(decision)).join() ?? "acceptWith applyNetwork";
  if (prefix && prefix.length > 0 && listed.includes("acceptWith")) answers.add("accept_prefix");
  if (allowing && listed.includes("applyNetwork")) answers.add("accept_network");
  return demand(id, "command", params, answers, {
    ...request,
    ...(answers.has("accept_prefix") ? { prefix } : {}),
    ...(answers.has("accept_network") ? { networkAmendment: allowing } : {}),
  });
}

/** A wish to change files outside the granted places; `changes` come from the item that was started before. */
export function demandOfFileChange(
  id: RpcId,
  params: z.infer<typeof fileChangeApprovalSchema>,
  changes: unknown,
): DecisionDemand {
  const answers = new Set<DecisionAnswer>(["accept", "accept_for_session", "decline", "cancel"]);
  return demand(id, "fileChange", params, answers, { ...params, changes });
}

/**
 * A person's answer in codex's words.
 * @throws `invalid` when the demand does not offer it.
 */
export function answerFor(
  request: Readonly<Record<string, unknown>>,
  resolution: DecisionResolution,
): { decision: CommandExecutionApprovalDecision | FileChangeApprovalDecision } {
  const { prefix, networkAmendment } = answerableSchema.parse(request);
  switch (resolution.decision) {
    case "accept":
    case "decline":
    case "cancel":
      return { decision: resolution.decision };
    case "accept_for_session":
      return { decision: "acceptForSession" };
    case "accept_prefix":
      if (prefix) return { decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: prefix } } };
      break;
    case "accept_network":
      if (networkAmendment) {
        const { host, action } = networkAmendment;
        return { decision: { applyNetworkPolicyAmendment: { network_policy_amendment: { host, action } } } };
      }
      break;
  }
  throw new OptioError("invalid", `this decision does not offer '${resolution.decision}'`);
}

function demand(
  id: RpcId,
  kind: DecisionDemand["kind"],
  params: { threadId: string; turnId: string; itemId: string },
  answers: ReadonlySet<DecisionAnswer>,
  request: Record<string, unknown>,
): DecisionDemand {
  return {
    agentKey: agentKeyOf(id),
    kind,
    threadId: params.threadId,
    turnId: params.turnId,
    itemId: params.itemId,
    request: Object.fromEntries(Object.entries(request).filter(([, value]) => value != null)),
    options: DECISION_ANSWERS.filter((answer) => answers.has(answer)),
  };
}
