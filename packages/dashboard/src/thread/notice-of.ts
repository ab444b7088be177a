import type { OptioEvent } from "@optio/contract";
import { ERRORS } from "@optio/contract";
import { plural } from "../ui/format.ts";
import type { NoticeTone } from "./reduce-thread.ts";

/** Words for an event of the session itself. */
export interface Notice {
  readonly tone: NoticeTone;
  readonly text: string;
  readonly payload?: unknown;
}

const OUTCOMES = {
  done: "Session ended: done",
  failed: "Session ended: failed",
  cancelled: "Session ended: cancelled",
};

/** The line that an event gets in the transcript; undefined for events that show elsewhere or not at all. */
export function noticeOf(event: OptioEvent): Notice | undefined {
  switch (event.type) {
    case "process.state_changed":
      return stateNotice(event.to, event.reason);
    case "process.logged":
      if (event.level !== "warning" && event.level !== "error") return undefined;
      return { tone: event.level, text: event.message, ...withPayload(event.data) };
    case "warning":
      return { tone: "warning", text: event.message };
    case "attention.requested":
      return { tone: "warning", text: `The agent asks you to look: ${event.reason}` };
    case "browser.requested":
      return { tone: "quiet", text: `The agent wants a page opened: ${event.url}` };
    case "login.required":
      return { tone: "warning", text: "Login required; messages wait until the agent is logged in" };
    case "login.completed":
      return { tone: "quiet", text: event.account ? `Logged in as ${event.account}` : "Logged in" };
    default:
      return sessionNotice(event) ?? payloadNotice(event);
  }
}

function stateNotice(to: string, reason: string | undefined): Notice | undefined {
  if (to === "failed") return { tone: "error", text: failureText(reason) };
  if (to === "cancel_requested")
    return { tone: "quiet", text: reason ? `Cancel requested: ${reason}` : "Cancel requested" };
  if (to === "scheduled") return { tone: "divider", text: "Session launched" };
  return undefined;
}

/** The reason is an error code, whose words are the catalogue's. */
function failureText(reason: string | undefined): string {
  const entry = ERRORS.find(({ code }) => code === reason);
  if (entry) return `The run failed: ${entry.when} ${entry.next}`;
  return reason ? `The run failed: ${reason}` : "The run failed";
}

function sessionNotice(event: OptioEvent): Notice | undefined {
  switch (event.type) {
    case "session.adopted":
      return { tone: "quiet", text: "The server restarted and took this session over; the agent kept running" };
    case "session.resumed": {
      const lost = event.lost ? `; lost: ${event.lost}` : "";
      const restarts = event.restarts > 0 ? ` (${plural(event.restarts, "restart")})` : "";
      return { tone: event.lost ? "warning" : "quiet", text: `Resumed from ${event.from}${restarts}${lost}` };
    }
    case "session.hibernated":
      return { tone: "quiet", text: "Stopped while idle to save memory" };
    case "session.woken":
      return { tone: "quiet", text: "Started again after it was stopped while idle" };
    case "session.ended":
      return { tone: "divider", text: OUTCOMES[event.outcome] };
    default:
      return undefined;
  }
}

function payloadNotice(event: OptioEvent): Notice | undefined {
  switch (event.type) {
    case "message.client":
    case "message.caller":
      return { tone: "quiet", text: `Message: ${event.keyword}`, payload: event.data };
    case "deliverable.announced":
      return { tone: "quiet", text: "Deliverable announced", payload: event.deliverable };
    case "deliverable.answered":
      return { tone: "quiet", text: "Deliverable answered", payload: event.deliverable };
    case "checkpoint.created":
      return { tone: "quiet", text: "Checkpoint taken", payload: event.checkpoint };
    case "snapshot.created":
      return { tone: "quiet", text: "Snapshot stored", payload: event.snapshot };
    case "session.rewound":
      return { tone: "divider", text: "Went back to a checkpoint" };
    default:
      return undefined;
  }
}

function withPayload(payload: unknown): { payload?: unknown } {
  return payload === undefined || payload === null ? {} : { payload };
}
