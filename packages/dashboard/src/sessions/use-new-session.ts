import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { createSession } from "../api/calls.ts";
import { describeError } from "../api/describe-error.ts";
import type { FieldError, NewSessionForm } from "./new-session-body.ts";
import { EMPTY_FORM, fieldOfRefusal, newSessionBody } from "./new-session-body.ts";

/** The form's state; what was typed stays when the server refuses. */
export function useNewSession(onCreated: (id: string) => void) {
  const [form, setForm] = useState(EMPTY_FORM);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [ownError, setOwnError] = useState<FieldError | undefined>();
  const create = useMutation({
    mutationFn: (body: Record<string, unknown>) => createSession(body, key),
    onSuccess: (session) => onCreated(session.id),
  });
  const change = (change: Partial<NewSessionForm>) => {
    setForm((before) => ({ ...before, ...change }));
    setOwnError(undefined);
    // another body is another request
    if (!create.isIdle) {
      create.reset();
      setKey(crypto.randomUUID());
    }
  };
  const submit = () => {
    const made = newSessionBody(form);
    if ("error" in made) setOwnError(made.error);
    else create.mutate(made.body);
  };
  return {
    form,
    change,
    submit,
    isPending: create.isPending,
    error: create.error ?? undefined,
    fieldError: ownError ?? refusalOf(create.error, form.agent),
  };
}

function refusalOf(error: unknown, agent: string): FieldError | undefined {
  if (!error) return undefined;
  const { code, message, next } = describeError(error);
  const field = fieldOfRefusal(code, message, agent);
  return field && { field, message: next ? `${message} ${next}` : message };
}
