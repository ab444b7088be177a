import type { LoginKind } from "@optio/contract";
import { useMutation } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { loginWithApiKey, startLogin } from "../api/calls.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";

const LABELS: Readonly<Record<LoginKind, string>> = {
  apiKey: "API key",
  deviceCode: "Device code",
  browser: "Browser",
};

interface LoginCardProps {
  readonly sessionId: string;
  readonly kinds: readonly LoginKind[];
  readonly mayAct: boolean;
}

/** The agent has no login: the kinds that it takes, as its data says. */
export function LoginCard({ sessionId, kinds, mayAct }: LoginCardProps) {
  const start = useMutation({ mutationFn: (kind: Exclude<LoginKind, "apiKey">) => startLogin(sessionId, kind) });
  return (
    <section
      data-testid="login-card"
      aria-labelledby="login-title"
      className="mb-2 rounded border border-attention-line bg-attention-soft p-3"
    >
      <h3 id="login-title" className="flex items-center gap-2 font-semibold text-attention">
        <KeyRound size={16} aria-hidden="true" /> The agent needs a login
      </h3>
      <p className="mt-1 text-sm">Messages wait in the queue until it is logged in.</p>
      {!mayAct && <p className="mt-2 text-sm text-muted">Your token may look, not log in.</p>}
      {mayAct && kinds.includes("apiKey") && <ApiKeyForm sessionId={sessionId} />}
      {mayAct && (
        <div className="mt-2 flex flex-wrap gap-2 empty:hidden">
          {kinds.map(
            (kind) =>
              kind !== "apiKey" && (
                <Button key={kind} disabled={start.isPending} onClick={() => start.mutate(kind)}>
                  {LABELS[kind]}
                </Button>
              ),
          )}
        </div>
      )}
      {start.isError && <ErrorNote error={start.error} className="mt-2" />}
      {start.data?.verificationUrl && (
        <p className="mt-2 text-sm break-words" role="status">
          Open{" "}
          <a
            className="text-action underline"
            href={start.data.verificationUrl}
            target="_blank"
            rel="noopener noreferrer"
          >
            {start.data.verificationUrl}
          </a>
          {start.data.userCode && (
            <>
              {" "}
              and enter <code className="text-code">{start.data.userCode}</code>
            </>
          )}
        </p>
      )}
    </section>
  );
}

function ApiKeyForm({ sessionId }: { sessionId: string }) {
  const [apiKey, setApiKey] = useState("");
  const login = useMutation({
    mutationFn: () => loginWithApiKey(sessionId, apiKey),
    onSuccess: () => setApiKey(""),
  });
  return (
    <form
      className="mt-2"
      onSubmit={(event) => {
        event.preventDefault();
        login.mutate();
      }}
    >
      <label className="block text-sm font-medium" htmlFor="login-api-key">
        {LABELS.apiKey}
      </label>
      <div className="mt-1 flex gap-2">
        <input
          id="login-api-key"
          type="password"
          autoComplete="off"
          required
          className="h-8 min-w-0 flex-1 rounded border border-line-strong bg-surface px-2 text-sm pointer-coarse:h-11"
          value={apiKey}
          onChange={(event) => setApiKey(event.target.value)}
        />
        <Button type="submit" look="attention" disabled={apiKey === "" || login.isPending}>
          {login.isPending ? "Logging in…" : "Log in"}
        </Button>
      </div>
      <p className="mt-1 text-xs text-muted">Held in the server's memory for this session only; never stored.</p>
      {login.isError && <ErrorNote error={login.error} className="mt-2" />}
    </form>
  );
}
