import { APPROVAL_POLICIES, SANDBOX_MODES } from "@optio/contract";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useAgents, useMayAct, useMe } from "../api/use-queries.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { usePageTitle } from "../ui/use-page-title.ts";
import type { FieldProps } from "./form-fields.tsx";
import { SelectInput, TextInput } from "./form-fields.tsx";
import { SourceInput } from "./source-input.tsx";
import { useNewSession } from "./use-new-session.ts";

const SANDBOX_LABELS: Readonly<Record<string, string>> = {
  "read-only": "Read only",
  "workspace-write": "Write in the workspace",
  "danger-full-access": "Full access to this machine",
};
const APPROVAL_LABELS: Readonly<Record<string, string>> = {
  "on-request": "When the agent asks for more",
  untrusted: "Before anything not known as safe",
  never: "Never ask",
};

/** The form that starts a session. */
export function NewSessionPage({ onCreated }: { onCreated: (id: string) => void }) {
  usePageTitle("New session");
  const { form, change, error, fieldError, submit, isPending } = useNewSession(onCreated);
  const isKnown = useMe().isSuccess;
  const mayAct = useMayAct();
  const fields = { form, onChange: change, error: fieldError };
  return (
    <main className="mx-auto w-full max-w-2xl px-4 pt-6 pb-16">
      <h1 className="text-xl font-semibold">New session</h1>
      {isKnown && !mayAct && (
        <p className="mt-2 text-sm text-muted">
          Your token may look, not start sessions. Log in with an operator's token.
        </p>
      )}
      <form
        noValidate
        aria-label="New session"
        className="mt-4 flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextInput
          {...fields}
          field="prompt"
          label="Prompt"
          rows={5}
          placeholder="What should the agent do?"
          help="The first message. Without one the session starts idle and waits for you."
        />
        <TextInput {...fields} field="name" label="Name" placeholder="Shown in the list" />
        <AgentInput {...fields} />
        <SourceInput {...fields} />
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectInput {...fields} field="sandbox" label="Sandbox" options={optionsOf(SANDBOX_MODES, SANDBOX_LABELS)} />
          <SelectInput
            {...fields}
            field="approvals"
            label="Ask for approval"
            options={optionsOf(APPROVAL_POLICIES, APPROVAL_LABELS)}
          />
        </div>
        <NetworkInput {...fields} />
        <Advanced {...fields} />
        {error !== undefined && fieldError === undefined && <ErrorNote error={error} />}
        <div className="flex justify-end gap-2">
          <Link
            to="/"
            className="inline-flex min-h-8 items-center rounded px-3 text-sm font-medium text-muted hover:bg-hover hover:text-text pointer-coarse:min-h-11"
          >
            Back
          </Link>
          <Button type="submit" look="primary" disabled={isPending || !mayAct}>
            {isPending ? "Starting…" : "Start session"}
          </Button>
        </div>
      </form>
    </main>
  );
}

function AgentInput(fields: FieldProps) {
  const agents = useAgents().data?.items ?? [];
  const agent = agents.find((one) => one.id === fields.form.agent);
  const options = agents.map((one) => ({ value: one.id, label: one.label }));
  return (
    <>
      {agents.length > 1 && <SelectInput {...fields} field="agent" label="Agent" options={options} />}
      {agent?.available === false && (
        <p className="rounded bg-attention-soft px-3 py-2 text-sm text-attention" role="status">
          {agent.label} cannot start here: {agent.problem ?? "its program does not work"}
        </p>
      )}
    </>
  );
}

function NetworkInput({ form, onChange }: FieldProps) {
  if (form.sandbox !== "workspace-write") return null;
  return (
    <label className="flex items-center gap-2 text-sm pointer-coarse:min-h-11">
      <input
        type="checkbox"
        className="size-4 accent-action"
        checked={form.networkAccess}
        onChange={(event) => onChange({ networkAccess: event.target.checked })}
      />
      Commands may use the network
    </label>
  );
}

function Advanced(fields: FieldProps) {
  const { form, error } = fields;
  const isUsed = ["model", "reasoningEffort", "instructions", "agentConfig", "apiKey"].includes(error?.field ?? "");
  return (
    <details className="rounded border border-line bg-surface" {...(isUsed ? { open: true } : {})}>
      <summary className="flex min-h-10 items-center gap-2 px-3 text-sm font-medium hover:bg-hover">
        <ChevronRight size={14} aria-hidden="true" className="text-muted [details[open]_&]:rotate-90" />
        Model, instructions, login
      </summary>
      <div className="flex flex-col gap-4 border-t border-line p-3">
        <div className="grid gap-4 sm:grid-cols-2">
          <TextInput {...fields} field="model" label="Model" placeholder="The agent's default" />
          <TextInput {...fields} field="reasoningEffort" label="Reasoning effort" placeholder="low, medium, high …" />
        </div>
        <TextInput
          {...fields}
          field="instructions"
          label="Instructions"
          rows={4}
          help="The standing task: the agent sees it on every turn, also after a resume."
        />
        <TextInput
          {...fields}
          field="apiKey"
          label="API key"
          type="password"
          help={
            form.apiKey
              ? "Held in memory for this session; never stored."
              : "Without one the agent asks when it needs a login."
          }
        />
        <TextInput
          {...fields}
          field="agentConfig"
          label="Agent configuration (JSON)"
          rows={5}
          isMono
          placeholder="{ }"
          help="Settings of the agent's own, such as another model provider."
        />
      </div>
    </details>
  );
}

function optionsOf(values: readonly string[], labels: Readonly<Record<string, string>>) {
  return values.map((value) => ({ value, label: labels[value] ?? value }));
}
