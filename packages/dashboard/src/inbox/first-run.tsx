import type { ProcessSummary } from "@optio/contract";
import { Link } from "@tanstack/react-router";
import { Sparkles } from "lucide-react";
import { useMayAct } from "../api/use-queries.ts";

/** There is no session yet: what one is, how to start one, and how to look without an account. */
export function FirstRun() {
  const mayAct = useMayAct();
  return (
    <section className="mx-auto mt-16 max-w-md text-center" data-testid="first-run">
      <Sparkles size={24} aria-hidden="true" className="mx-auto text-action" />
      <h2 className="mt-3 text-lg font-semibold">Nothing here yet</h2>
      <p className="mt-2 text-muted">
        A session is an agent at work in a directory of its own. It keeps running when you close this page; whatever
        needs you shows up here first. Tasks that the configuration defines stand here too.
      </p>
      {mayAct && (
        <Link
          to="/sessions/new"
          className="mt-4 inline-flex min-h-10 items-center rounded bg-action px-4 font-medium text-on-action"
        >
          Start a session
        </Link>
      )}
      <p className="mt-4 text-sm text-muted">
        To look around without an account, start the server with <code className="text-code">--demo</code>: it adds a
        session whose model is a script.
      </p>
    </section>
  );
}

/** While the demo session is the only one: what it is and what to try. */
export function DemoNote({ processes }: { processes: ReadonlyMap<string, ProcessSummary> }) {
  const mayAct = useMayAct();
  const [only] = [...processes.values()];
  if (processes.size !== 1 || !only?.session?.scripted) return null;
  return (
    <section data-testid="demo-note" aria-label="About the demo" className="mt-6 rounded bg-action-soft px-4 py-3">
      <h2 className="flex items-center gap-2 font-semibold">
        <Sparkles size={16} aria-hidden="true" className="text-action" /> This is the demo session
      </h2>
      <p className="mt-1 max-w-[72ch] text-sm">
        The agent is the real one, but a script answers in place of a model: no account, no network. Answer what it asks
        below, open it and send it a message, or close this page and come back: it goes on without you.
      </p>
      {mayAct && (
        <p className="mt-2 text-sm">
          Ready for a real one?{" "}
          <Link to="/sessions/new" className="text-action underline">
            Start a session
          </Link>
        </p>
      )}
    </section>
  );
}
