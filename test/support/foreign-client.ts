import { realpathSync } from "node:fs";
import { WebSocket } from "ws";
import { z } from "zod";
import { Arrivals } from "./arrivals.ts";

const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.looseObject({}).optional(),
  result: z.looseObject({}).optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});

/** A message of codex as it came. */
export type CodexMessage = z.infer<typeof messageSchema>;

const CLIENT = { name: "foreign", title: "A client of somebody else", version: "1.0.0" };

/** A client that knows codex's protocol and nothing of ours, such as another person's terminal. */
export class ForeignClient implements Disposable {
  /** What codex sent, answers to our requests aside. */
  readonly messages = new Arrivals<CodexMessage>();
  readonly #answers = new Arrivals<CodexMessage>();
  readonly #socket: WebSocket;
  #lastId = 0;

  /** Connects to the socket that the link leads to, and joins the thread. */
  static async join(link: string, threadId: string): Promise<ForeignClient> {
    const socket = new WebSocket(`ws+unix://${realpathSync(link)}:/`, { perMessageDeflate: false });
    const client = new ForeignClient(socket);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    await client.request("initialize", { clientInfo: CLIENT, capabilities: { experimentalApi: true } });
    client.#send({ method: "initialized" });
    await client.request("thread/resume", { threadId, excludeTurns: true });
    return client;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const message = messageSchema.parse(JSON.parse(String(data)));
      if (message.method === undefined) this.#answers.push(message);
      else this.messages.push(message);
    });
    socket.on("close", () => this.messages.end("codex closed the connection"));
  }

  /** @throws Error with codex's words when it refuses. */
  async request(method: string, params: object): Promise<Record<string, unknown>> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#send({ id, method, params });
    const { error, result } = await this.#answers.until(`the answer to ${method}`, (message) => message.id === id);
    if (error) throw new Error(`codex refused ${method}: ${error.message}`);
    return result ?? {};
  }

  /** Answers a request of codex. */
  respond(id: CodexMessage["id"], result: object): void {
    this.#send({ id, result });
  }

  /** The first such message. */
  until(method: string, fits: (params: Record<string, unknown>) => boolean = () => true): Promise<CodexMessage> {
    return this.messages.until(method, (message) => message.method === method && fits(message.params ?? {}));
  }

  /** Ids and types of the items that were completed in the thread while this client listened. */
  completedItems(threadId: string): { id: string; kind: string }[] {
    const schema = z.object({ threadId: z.string(), item: z.object({ id: z.string(), type: z.string() }) });
    return this.messages.all
      .filter((message) => message.method === "item/completed")
      .map((message) => schema.parse(message.params))
      .filter((params) => params.threadId === threadId)
      .map(({ item }) => ({ id: item.id, kind: item.type }));
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }
}
