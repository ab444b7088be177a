import { AGENT_CONTRACTS } from "@optio/contract";

/** The fields of the form as typed. */
export interface NewSessionForm {
  readonly agent: string;
  readonly name: string;
  readonly prompt: string;
  readonly source: "none" | "directory";
  readonly directory: string;
  readonly model: string;
  readonly reasoningEffort: string;
  readonly sandbox: string;
  readonly networkAccess: boolean;
  readonly approvals: string;
  readonly instructions: string;
  readonly agentConfig: string;
  readonly apiKey: string;
}

export type FormField = keyof NewSessionForm;

export const EMPTY_FORM: NewSessionForm = {
  agent: AGENT_CONTRACTS[0].id,
  name: "",
  prompt: "",
  source: "none",
  directory: "",
  model: "",
  reasoningEffort: "",
  sandbox: "workspace-write",
  networkAccess: false,
  approvals: "on-request",
  instructions: "",
  agentConfig: "",
  apiKey: "",
};

/** A refusal that belongs to a field, found before or by the server. */
export interface FieldError {
  readonly field: FormField;
  readonly message: string;
}

/** The body of `POST /sessions`, or what the form itself can see is wrong. Empty fields are left out. */
export function newSessionBody(form: NewSessionForm): { body: Record<string, unknown> } | { error: FieldError } {
  const config = parseConfig(form.agentConfig);
  if (config === undefined)
    return { error: { field: "agentConfig", message: 'This is no JSON object; one looks like {"key": "value"}.' } };
  if (form.source === "directory" && form.directory.trim() === "")
    return { error: { field: "directory", message: "Name the directory, or choose an empty workspace." } };
  const texts = {
    name: form.name.trim(),
    prompt: form.prompt.trim(),
    model: form.model.trim(),
    reasoningEffort: form.reasoningEffort.trim(),
    instructions: form.instructions.trim(),
  };
  return {
    body: {
      agent: form.agent,
      ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== "")),
      sandbox: form.sandbox,
      ...(form.sandbox === "workspace-write" && form.networkAccess ? { networkAccess: true } : {}),
      approvals: form.approvals,
      source: form.source === "none" ? "none" : { directory: form.directory.trim() },
      ...(Object.keys(config).length > 0 ? { [configKeyOf(form.agent)]: config } : {}),
      ...(form.apiKey === "" ? {} : { identity: { apiKey: form.apiKey } }),
    },
  };
}

/** The key of the body that holds the agent's own configuration: its id and `Config`. */
export function configKeyOf(agent: string): string {
  return `${agent}Config`;
}

/** Prefixes of the server's message and codes, and the field that each speaks of. */
const FIELD_OF_KEY: Readonly<Record<string, FormField>> = {
  source: "directory",
  identity: "apiKey",
  name: "name",
  prompt: "prompt",
  model: "model",
  reasoningEffort: "reasoningEffort",
  sandbox: "sandbox",
  networkAccess: "networkAccess",
  approvals: "approvals",
  instructions: "instructions",
};
const FIELD_OF_CODE: Readonly<Record<string, FormField>> = {
  "directory-refused": "directory",
  "agent-config-refused": "agentConfig",
};

/** The field that a refusal of the server speaks of; undefined when it speaks of none of the form's. */
export function fieldOfRefusal(code: string, message: string, agent: string): FormField | undefined {
  const byCode = FIELD_OF_CODE[code];
  if (byCode) return byCode;
  const key = /^([A-Za-z]+)[.:,]/.exec(message)?.[1] ?? /'([A-Za-z]+)[.']/.exec(message)?.[1] ?? "";
  if (key === configKeyOf(agent)) return "agentConfig";
  return Object.hasOwn(FIELD_OF_KEY, key) ? FIELD_OF_KEY[key] : undefined;
}

function parseConfig(text: string): object | undefined {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
