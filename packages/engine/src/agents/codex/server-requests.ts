import type { AgentFact } from "../../agent/agent-kind.ts";
import { unreadable } from "./adapt-notification.ts";
import {
  COMMAND_APPROVAL,
  commandApprovalSchema,
  demandOfCommand,
  demandOfFileChange,
  FILE_CHANGE_APPROVAL,
  fileChangeApprovalSchema,
} from "./decisions.ts";
import type { ServerRequest } from "./protocol/ServerRequest";
import type { RpcId } from "./rpc-client.ts";

export interface ServerRequestsOptions {
  readonly onFact: (fact: AgentFact) => void;
  readonly refuse: (id: RpcId, message: string) => void;
  /** How long another client may take to answer a call of its own tool. */
  readonly foreignToolMs: number;
}

const FOREIGN_TOOL: ServerRequest["method"] = "item/tool/call";
const LOGIN_REFRESH: ServerRequest["method"] = "account/chatgptAuthTokens/refresh";
/** Requests that wait for a person and whose part has not landed. */
const UNSERVED: Readonly<Partial<Record<ServerRequest["method"], string>>> = {
  "item/tool/requestUserInput": "a question of the agent",
  "mcpServer/elicitation/request": "a question of an MCP server",
  "item/permissions/requestApproval": "a request for wider permissions",
};

/** Routes what codex asks of a client: approvals become facts, everything else is refused, which fails closed. */
export class ServerRequests {
  readonly #options: ServerRequestsOptions;
  /** Changes of the file-change items that are open; the request itself does not carry them. */
  readonly #changes = new Map<string, unknown>();
  readonly #timers = new Map<RpcId, NodeJS.Timeout>();

  constructor(options: ServerRequestsOptions) {
    this.#options = options;
  }

  /** Takes note of an item that a later request may point to. */
  observe(fact: AgentFact): void {
    if (fact.type !== "item.started" && fact.type !== "item.completed") return;
    const { item, threadId } = fact;
    if (item.kind !== "fileChange") return;
    if (fact.type === "item.started") this.#changes.set(`${threadId}/${item.id}`, item.changes);
    else this.#changes.delete(`${threadId}/${item.id}`);
  }

  /** Handles one request. */
  take(id: RpcId, method: string, params: unknown): void {
    if (method === COMMAND_APPROVAL) this.#askCommand(id, params);
    else if (method === FILE_CHANGE_APPROVAL) this.#askFileChange(id, params);
    else if (method === FOREIGN_TOOL) this.#waitForOthers(id);
    else this.#refuseUnserved(id, method);
  }

  /** A request was answered by somebody. */
  settle(id: RpcId): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** Drops everything that waits; refuses nothing. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #askCommand(id: RpcId, params: unknown): void {
    const read = commandApprovalSchema.safeParse(params);
    if (read.success) this.#options.onFact({ type: "decision.requested", request: demandOfCommand(id, read.data) });
    else this.#refuseUnreadable(id, COMMAND_APPROVAL, read.error.issues[0]?.message);
  }

  #askFileChange(id: RpcId, params: unknown): void {
    const read = fileChangeApprovalSchema.safeParse(params);
    if (!read.success) {
      this.#refuseUnreadable(id, FILE_CHANGE_APPROVAL, read.error.issues[0]?.message);
      return;
    }
    const changes = this.#changes.get(`${read.data.threadId}/${read.data.itemId}`);
    this.#options.onFact({ type: "decision.requested", request: demandOfFileChange(id, read.data, changes) });
  }

  /** Every subscriber gets the call; the client that owns the tool is to answer first. */
  #waitForOthers(id: RpcId): void {
    this.settle(id);
    const timer = setTimeout(() => {
      this.settle(id);
      this.#options.refuse(id, "no client answered for this tool");
    }, this.#options.foreignToolMs);
    this.#timers.set(id, timer);
  }

  #refuseUnserved(id: RpcId, method: string): void {
    this.#options.refuse(id, `${method} is not served here`);
    if (method === LOGIN_REFRESH) return;
    const what = Object.entries(UNSERVED).find(([name]) => name === method)?.[1] ?? `the request ${method}`;
    this.#options.onFact({
      type: "warning",
      code: "agent-request-refused",
      message: `${what} was refused: it cannot be answered here yet`,
    });
  }

  #refuseUnreadable(id: RpcId, method: string, problem: string | undefined): void {
    this.#options.refuse(id, `unreadable ${method}`);
    this.#options.onFact(unreadable(method, problem ?? "unknown form"));
  }
}
