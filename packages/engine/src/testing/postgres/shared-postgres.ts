import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { z } from "zod";
import { openStore } from "../../store/open-store.ts";
import type { PostgresServer } from "./start-postgres.ts";
import { startPostgres } from "./start-postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Name of the abstract socket that hands out databases of the shared PostgreSQL server. */
    readonly postgresDoor: string;
  }
}

/** What a database begins with: the newest schema without rows, or nothing at all. */
export type DatabaseTemplate = "optio_template" | "template0";

const answerSchema = z.union([z.object({ url: z.string() }), z.object({ error: z.string() })]);

/**
 * Vitest's global setup: one PostgreSQL server for all test files of a run, started when the first test asks for a database and stopped
 * with the run. A database is there as long as the connection that asked for it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // an abstract socket: no file stays behind when the run is killed
  const path = `\0optio-postgres-${randomUUID()}`;
  let shared: Promise<SharedServer> | undefined;
  const door = createServer((socket) => {
    shared ??= SharedServer.start();
    void handOut(socket, shared);
  });
  door.listen(path);
  await once(door, "listening");
  project.provide("postgresDoor", path);
  return async () => {
    door.close();
    await shared?.then((server) => server.stop()).catch(() => undefined);
  };
}

/** Asks for a database; disposing drops it, whoever is still connected. @throws Error with the server's log when it does not start. */
export async function askForDatabase(
  door: string,
  template: DatabaseTemplate,
): Promise<AsyncDisposable & { readonly url: string }> {
  const socket = connect(door);
  socket.write(`${template}\n`);
  const answer = answerSchema.parse(JSON.parse(await firstLine(socket)));
  if ("error" in answer) throw new Error(answer.error);
  socket.unref();
  return { url: answer.url, [Symbol.asyncDispose]: async () => void socket.destroy() };
}

async function handOut(socket: Socket, shared: Promise<SharedServer>): Promise<void> {
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  try {
    const server = await shared;
    const name = await server.create(await firstLine(socket));
    socket.write(`${JSON.stringify({ url: databaseUrl(server.url, name) })}\n`);
    await closed;
    await server.drop(name);
  } catch (error) {
    socket.end(`${JSON.stringify({ error: String(error) })}\n`);
  }
}

async function firstLine(socket: Socket): Promise<string> {
  const [line] = z.tuple([z.string()]).parse(await once(createInterface(socket), "line"));
  return line;
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** The server with the template that its databases are copied from. */
class SharedServer {
  readonly #server: PostgresServer;
  readonly #pool: pg.Pool;

  private constructor(server: PostgresServer) {
    this.#server = server;
    this.#pool = new pg.Pool({ connectionString: server.url, max: 2 });
    this.#pool.on("error", () => undefined);
  }

  static async start(): Promise<SharedServer> {
    const shared = new SharedServer(await startPostgres());
    try {
      await shared.#pool.query("create database optio_template");
      const store = await openStore({ postgres: databaseUrl(shared.url, "optio_template") });
      await store.close();
      return shared;
    } catch (error) {
      await shared.stop();
      throw error;
    }
  }

  get url(): string {
    return this.#server.url;
  }

  async create(template: string): Promise<string> {
    const name = `test_${randomUUID().replaceAll("-", "")}`;
    await this.#pool.query(`create database ${name} template ${template} strategy file_copy`);
    return name;
  }

  async drop(name: string): Promise<void> {
    await this.#pool.query(`drop database ${name} with (force)`);
  }

  async stop(): Promise<void> {
    await this.#pool.end();
    await this.#server.stop();
  }
}
