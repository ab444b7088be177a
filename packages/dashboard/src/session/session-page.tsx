import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { interruptTurn } from "../api/calls.ts";
import { hasCode } from "../api/describe-error.ts";
import { useMayAct, useMe, useProcess, useSession } from "../api/use-queries.ts";
import { PersonMessage } from "../thread/message-rows.tsx";
import { firstSeq } from "../thread/reduce-thread.ts";
import { Transcript } from "../thread/transcript.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { usePageTitle } from "../ui/use-page-title.ts";
import { Announcer } from "./announcer.tsx";
import { derivePhase } from "./derive-phase.ts";
import { Dock } from "./dock.tsx";
import { SessionHeader } from "./session-header.tsx";
import { SessionMissing } from "./session-missing.tsx";
import { stillOutgoing, useOutbox } from "./use-outbox.ts";
import { useSessionStream } from "./use-session-stream.ts";

interface SessionPageProps {
  readonly id: string;
  readonly onUnauthorized: () => void;
}

/** One session: its transcript, what waits for the reader, and the composer. */
export function SessionPage({ id, onUnauthorized }: SessionPageProps) {
  const { thread, connection, isLoaded, error, loadOlder } = useSessionStream(id, onUnauthorized);
  const session = useSession(id);
  const process = useProcess(id);
  const mayAct = useMayAct();
  const role = useMe().data?.role;
  const outbox = useOutbox(id);
  const [actionError, setActionError] = useState<unknown>();
  const interrupt = useMutation({
    mutationFn: () => interruptTurn(id),
    onSuccess: () => setActionError(undefined),
    // the turn was over before the call arrived
    onError: (failure) => hasCode(failure, "no-active-turn") || setActionError(failure),
  });
  const body = session.data;
  const phase = body ? derivePhase(body, thread) : "starting";
  usePageTitle(body ? `${phase === "waiting" ? "● " : ""}${body.name}` : "Session");
  if (!body && hasCode(session.error ?? error, "not-found")) return <SessionMissing id={id} />;
  if (!body || !isLoaded) return <Loading error={session.error ?? error} />;
  const queue = thread.queue ?? body.queue;
  const outgoing = stillOutgoing(outbox.outgoing, thread.knownMessages, queue);
  return (
    <div className="flex h-full min-w-0 flex-col">
      <SessionHeader
        session={body}
        process={process.data}
        phase={phase}
        thread={thread}
        connection={connection}
        mayAct={mayAct}
        onError={setActionError}
      />
      <main className="flex min-h-0 flex-1 flex-col" aria-label="Session">
        <Transcript
          key={`${id}:${firstSeq(thread) === undefined}`}
          thread={thread}
          workspace={body.workspace}
          hasOlder={(firstSeq(thread) ?? 1) > 1}
          loadOlder={loadOlder}
          isFooterEmpty={outgoing.length === 0}
          footer={outgoing.map(({ key, text, messageId }) => (
            <div key={key} className="py-1.5">
              <PersonMessage text={text} pending={messageId === undefined ? "Sending…" : "Taken by the server"} />
            </div>
          ))}
        />
        <div className="measure pb-[max(12px,env(safe-area-inset-bottom))]">
          {actionError !== undefined && <ErrorNote error={actionError} className="mb-2" />}
          <Dock
            session={body}
            process={process.data}
            phase={phase}
            thread={thread}
            queue={queue}
            outbox={outbox}
            mayAct={mayAct}
            role={role}
            onInterrupt={() => interrupt.mutate()}
            isInterrupting={interrupt.isPending}
          />
        </div>
      </main>
      <Announcer thread={thread} />
    </div>
  );
}

function Loading({ error }: { error: unknown }) {
  return (
    <main className="measure py-8" aria-busy={!error}>
      {error ? <ErrorNote error={error} /> : <p className="breathe text-muted">Loading the session…</p>}
    </main>
  );
}
