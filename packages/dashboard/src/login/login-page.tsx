import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { login } from "../api/calls.ts";
import { describeError } from "../api/describe-error.ts";
import { Button } from "../ui/button.tsx";
import { usePageTitle } from "../ui/use-page-title.ts";

interface LoginPageProps {
  /** One-time code of the link that the server printed. */
  readonly code: string | undefined;
  readonly onLoggedIn: () => void;
}

/** Signs in with a token, or with the one-time link at once. */
export function LoginPage({ code, onLoggedIn }: LoginPageProps) {
  usePageTitle("Log in");
  const queries = useQueryClient();
  const [token, setToken] = useState("");
  const attempt = useMutation({
    mutationFn: login,
    onSuccess: () => {
      queries.clear();
      onLoggedIn();
    },
  });
  const used = useRef(false);
  const { mutate } = attempt;
  useEffect(() => {
    // a code works once: a second effect of the same page must not spend it again
    if (code === undefined || used.current) return;
    used.current = true;
    mutate({ code });
  }, [code, mutate]);
  const usedCode = attempt.variables !== undefined && "code" in attempt.variables;
  return (
    <main className="mx-auto flex min-h-full max-w-sm flex-col justify-center px-4 py-12">
      <img src="/favicon.svg" alt="" width={36} height={36} />
      <h1 className="mt-4 text-xl font-semibold">Log in to Optio</h1>
      <form
        className="mt-4"
        onSubmit={(event) => {
          event.preventDefault();
          attempt.mutate({ token: token.trim() });
        }}
      >
        <label htmlFor="token" className="text-sm font-medium">
          Token
        </label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          required
          className="mt-1 block h-10 w-full rounded border border-line-strong bg-surface px-3 pointer-coarse:h-11"
          value={token}
          aria-describedby="token-help"
          onChange={(event) => setToken(event.target.value)}
        />
        <p id="token-help" className="mt-1 text-xs text-muted">
          The server prints a one-time link at its first start; <code>optio token</code> makes more tokens.
        </p>
        {attempt.isError && <Refusal error={attempt.error} usedCode={usedCode} />}
        <Button type="submit" look="primary" className="mt-4 min-h-10 w-full" disabled={attempt.isPending}>
          {attempt.isPending ? "Logging in…" : "Log in"}
        </Button>
      </form>
    </main>
  );
}

function Refusal({ error, usedCode }: { error: Error; usedCode: boolean }) {
  const { code, message, next } = describeError(error);
  return (
    <p role="alert" className="mt-3 rounded bg-bad-soft px-3 py-2 text-sm text-bad">
      {code === "unauthorized" ? advice(usedCode) : `${message} ${next ?? ""}`}
    </p>
  );
}

function advice(usedCode: boolean): string {
  return usedCode
    ? "This link was used already or is too old. Paste a token above, or run “optio token” on the server for a new one."
    : "The server does not know this token. Check that it was copied whole, or run “optio token” on the server for a new one.";
}
