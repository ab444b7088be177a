import { APPROVAL_POLICIES, parseOrThrow, SANDBOX_MODES } from "@optio/contract";
import { z } from "zod";
import type { Posture } from "../../agent/agent-kind.ts";

const postureSchema = z.object({ sandbox: z.enum(SANDBOX_MODES), approvals: z.enum(APPROVAL_POLICIES) });

/** The parameters of a thread that hold a posture; writable roots and network come from config.toml. @throws `invalid`. */
export function readPosture(posture: Posture) {
  const { sandbox, approvals } = parseOrThrow(postureSchema, posture, "posture");
  return { sandbox, approvalPolicy: approvals };
}
