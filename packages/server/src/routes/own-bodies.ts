import { AGENT_CONTRACTS } from "@optio/contract";
import { z } from "zod";

const AGENT_IDS = AGENT_CONTRACTS.map((agent) => agent.id);
const secret = z.string().min(1).max(512);

/** Bodies that are checked with another schema than the route table's, so that a refusal names the key at fault. */
export const OWN_BODIES = {
  // the agent's own parser refuses the other keys: it tells a part that has not landed from an unknown key
  "POST /sessions": z.looseObject({
    agent: z.string("expected the name of an agent").refine((id) => AGENT_IDS.some((known) => known === id), {
      error: ({ input }) => `unknown agent '${String(input).slice(0, 100)}'; known: ${AGENT_IDS.join(", ")}`,
    }),
  }),
  "POST /login": z
    .strictObject({ token: secret.optional(), code: secret.optional() })
    .refine(({ token, code }) => (token === undefined) !== (code === undefined), {
      error: "expected one of the keys 'token' and 'code'",
    }),
} as const;
