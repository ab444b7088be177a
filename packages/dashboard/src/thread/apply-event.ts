import type { Envelope, EventOf, Item, OptioEvent, Usage } from "@optio/contract";
import { noticeOf } from "./notice-of.ts";
import type { Entry, ThreadDraft } from "./reduce-thread.ts";
import { itemKey } from "./reduce-thread.ts";

/** Takes one durable event into the draft. */
export function applyEvent(draft: ThreadDraft, { event, seq, at }: Envelope): void {
  const place = { seq, at };
  switch (event.type) {
    case "turn.started":
      draft.activeTurn = {
        turnId: event.turnId,
        threadId: event.threadId,
        startedAt: at,
        tokensBefore: tokensSoFar(draft),
      };
      draft.diff = null;
      draft.plan = null;
      return;
    case "turn.completed":
      endTurn(draft, event, place);
      return;
    case "item.started":
    case "item.completed":
      takeItem(draft, event, place);
      return;
    case "plan.updated":
      draft.plan = { turnId: event.turnId, steps: event.plan };
      return;
    case "decision.requested":
    case "decision.resolved":
      takeDecision(draft, event, place);
      return;
    default:
      takeFact(draft, event);
      takeNotice(draft, event, place);
  }
}

interface Place {
  readonly seq: number;
  readonly at: string;
}

function takeItem(draft: ThreadDraft, event: EventOf<"item.started"> | EventOf<"item.completed">, place: Place): void {
  const { threadId, turnId, item } = event;
  const key = itemKey(threadId, item.id);
  const known = entryAt(draft, key);
  // a page of history may begin in the middle of a turn
  if (event.type === "item.started" && draft.activeTurn?.turnId !== turnId)
    draft.activeTurn = { turnId, threadId, startedAt: undefined, tokensBefore: undefined };
  if (event.type === "item.completed") draft.live.delete(key);
  noteMessage(draft, item);
  if (known?.type === "item") {
    // a late start must not reopen what is final
    if (event.type === "item.started" && known.item.status !== "inProgress") return;
    upsert(draft, { ...known, item });
    return;
  }
  upsert(draft, { type: "item", key, threadId, turnId, item, ...place });
}

function noteMessage(draft: ThreadDraft, item: Item): void {
  if (item.kind === "userMessage" && typeof item.messageId === "string") draft.knownMessages.add(item.messageId);
}

function endTurn(draft: ThreadDraft, event: EventOf<"turn.completed">, place: Place): void {
  const isActive = draft.activeTurn?.turnId === event.turnId;
  upsert(draft, {
    type: "turn",
    key: `turn:${event.threadId}/${event.turnId}`,
    turnId: event.turnId,
    status: event.status,
    startedAt: isActive ? draft.activeTurn?.startedAt : undefined,
    error: event.error,
    tokens: isActive ? tokensUsed(draft, event.usage ?? draft.usage) : undefined,
    diff: draft.diff ?? undefined,
    ...place,
  });
  if (!isActive) return;
  draft.activeTurn = null;
  draft.diff = null;
}

/** Before its first usage a thread that is loaded from its beginning has used nothing. */
function tokensSoFar(draft: ThreadDraft): number | undefined {
  return draft.usage?.total.totalTokens ?? (draft.envelopes[0]?.seq === 1 ? 0 : undefined);
}

function tokensUsed(draft: ThreadDraft, usage: Usage | undefined): number | undefined {
  const before = draft.activeTurn?.tokensBefore;
  return before === undefined || usage === undefined ? undefined : Math.max(0, usage.total.totalTokens - before);
}

function takeDecision(
  draft: ThreadDraft,
  { decision }: EventOf<"decision.requested"> | EventOf<"decision.resolved">,
  place: Place,
): void {
  const key = `decision:${decision.id}`;
  const known = entryAt(draft, key);
  if (decision.state === "pending") draft.pending.set(decision.id, decision);
  else draft.pending.delete(decision.id);
  upsert(draft, known?.type === "decision" ? { ...known, decision } : { type: "decision", key, decision, ...place });
}

/** Facts that stand beside the transcript. */
function takeFact(draft: ThreadDraft, event: OptioEvent): void {
  if (event.type === "queue.changed") {
    draft.queue = event.queue;
    for (const { messageId } of event.queue) draft.knownMessages.add(messageId);
  }
  if (event.type === "usage.updated") draft.usage = event.usage;
  else if (event.type === "diff.updated") draft.diff = event.stat;
  else if (event.type === "login.required") draft.loginKinds = event.kinds;
  else if (event.type === "login.completed") draft.loginKinds = null;
  else if (event.type === "session.ended") leaveRun(draft);
  else if (event.type === "process.state_changed" && event.to === "scheduled") leaveRun(draft);
}

function leaveRun(draft: ThreadDraft): void {
  draft.activeTurn = null;
  draft.plan = null;
  draft.diff = null;
  draft.loginKinds = null;
  draft.pending.clear();
  draft.live.clear();
}

function takeNotice(draft: ThreadDraft, event: OptioEvent, place: Place): void {
  const notice = noticeOf(event);
  if (notice) upsert(draft, { type: "notice", key: `seq:${place.seq}`, ...notice, ...place });
}

function entryAt(draft: ThreadDraft, key: string): Entry | undefined {
  return draft.entries[draft.places.get(key) ?? -1];
}

function upsert(draft: ThreadDraft, entry: Entry): void {
  const place = draft.places.get(entry.key);
  if (place !== undefined) {
    draft.entries[place] = entry;
    return;
  }
  draft.places.set(entry.key, draft.entries.length);
  draft.entries.push(entry);
}
