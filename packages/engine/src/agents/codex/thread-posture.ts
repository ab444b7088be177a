import { APPROVAL_POLICIES, SANDBOX_MODES } from "@optio/contract";
import { z } from "zod";
import type { Posture } from "../../agent/agent-kind.ts";

const postureSchema = z.object({ sandbox: z.enum(SANDBOX_MODES), approvals: z.enum(APPROVAL_POLICIES) });

/** The parameters of a thread that hold a posture; writable roots and network come from config.toml. */
export function readPosture(posture: Posture) {
  const { sandbox, approvals } = postureSchema.parse(posture);
  return { sandbox, approvalPolicy: approvals };
}
