import type { SessionView } from "@optio/contract";
import { at } from "../thread/golden.test-support.ts";

/** A session body that is live and idle, with changes. */
export function sessionView(change: Partial<SessionView> = {}): SessionView {
  return {
    id: "demo",
    run: 1,
    state: "running",
    name: "demo",
    description: null,
    metadata: {},
    agent: "agent",
    live: true,
    phase: "idle",
    headSeq: 0,
    thread: { id: "thread-1" },
    login: { required: false, kinds: [] },
    usage: null,
    limits: null,
    queue: [],
    controls: [],
    decisions: [],
    view: { tools: true, reasoning: true, controls: true, upload: true, download: true, terminal: true },
    workspace: null,
    model: null,
    scripted: false,
    posture: null,
    error: null,
    createdAt: at(0),
    ...change,
  };
}
