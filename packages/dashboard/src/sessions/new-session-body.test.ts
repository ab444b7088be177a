import { AGENT_CONTRACTS } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { configKeyOf, EMPTY_FORM, fieldOfRefusal, newSessionBody } from "./new-session-body.ts";

const [contract] = AGENT_CONTRACTS;

describe("the body of a new session", () => {
  test("of an untouched form is one the contract takes", () => {
    const made = newSessionBody(EMPTY_FORM);
    expect("body" in made && contract.bodySchema.safeParse(made.body).success).toBe(true);
  });

  test("of a full form is one the contract takes, with every field in its place", () => {
    const made = newSessionBody({
      ...EMPTY_FORM,
      name: " n ",
      prompt: "do it",
      source: "directory",
      directory: "/work",
      model: "m",
      reasoningEffort: "low",
      networkAccess: true,
      instructions: "i",
      agentConfig: '{"a": 1}',
      apiKey: "secret",
    });
    expect(made).toMatchObject({
      body: {
        name: "n",
        prompt: "do it",
        source: { directory: "/work" },
        networkAccess: true,
        [configKeyOf(contract.id)]: { a: 1 },
        identity: { apiKey: "secret" },
      },
    });
    expect("body" in made && contract.bodySchema.safeParse(made.body).success).toBe(true);
  });

  test("leaves out what another choice makes meaningless", () => {
    const made = newSessionBody({ ...EMPTY_FORM, networkAccess: true, sandbox: "read-only", directory: "/kept" });
    expect("body" in made && made.body).toMatchObject({ source: "none", sandbox: "read-only" });
    expect("body" in made && Object.keys(made.body)).not.toContain("networkAccess");
  });

  test("is refused by the form for broken JSON and a missing directory", () => {
    for (const agentConfig of ["{", "[]", "3", "null"])
      expect(newSessionBody({ ...EMPTY_FORM, agentConfig })).toMatchObject({ error: { field: "agentConfig" } });
    expect(newSessionBody({ ...EMPTY_FORM, source: "directory" })).toMatchObject({ error: { field: "directory" } });
  });
});

test("the form's key for the agent's own configuration is one of the contract's", () => {
  expect(contract.keys.map((entry) => entry.key)).toContain(configKeyOf(contract.id));
});

test.each([
  ["directory-refused", "the directory '/nope' does not exist", "directory"],
  ["agent-config-refused", "model_provider: unknown", "agentConfig"],
  ["invalid", "source.directory: too small", "directory"],
  ["invalid", "prompt: too big (and 1 more)", "prompt"],
  ["invalid", "identity.apiKey: too small", "apiKey"],
  ["contradiction", "networkAccess, sandbox: networkAccess is for …", "networkAccess"],
  ["invalid", `${configKeyOf(contract.id)}: expected a record`, "agentConfig"],
  ["not-available", "the key 'host' is not available in this version; leave it out", undefined],
  ["internal", "a fault of ours", undefined],
])("%s with %j belongs to %s", (code, message, field) => {
  expect(fieldOfRefusal(code, message, contract.id)).toBe(field);
});
