import { once } from "node:events";
import { rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { z } from "zod";
import { connectPostgres } from "../../store/dialects/postgres.ts";
import { migrate } from "../../store/migrate.ts";
import { MIGRATIONS } from "../../store/migrations/index.ts";
import type { PostgresServer } from "./start-postgres.ts";
import { startPostgres } from "./start-postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the socket that answers with the shared PostgreSQL server. */
    readonly postgresDoor: string;
  }
}

const answerSchema = z.union([z.object({ url: z.string() }), z.object({ error: z.string() })]);

/** A database of the shared server that holds the newest schema and no rows: `create database … template …`. */
export const TEMPLATE_DATABASE = "optio_template";

/**
 * Vitest's global setup: one PostgreSQL server for all test files of a run, started when the first test asks for it and stopped with
 * the run.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const path = join(tmpdir(), `optio-postgres-door-${process.pid}-${project.name}.sock`);
  let starting: Promise<PostgresServer> | undefined;
  const answer = async (socket: Socket) => {
    starting ??= startWithTemplate();
    const reply = await starting.then(
      ({ url }) => ({ url }),
      (error: unknown) => ({ error: String(error) }),
    );
    socket.end(JSON.stringify(reply));
  };
  const door = createServer((socket) => {
    socket.on("error", () => {});
    void answer(socket);
  });
  door.listen(path);
  await once(door, "listening");
  project.provide("postgresDoor", path);
  return async () => {
    door.close();
    await rm(path, { force: true });
    await starting?.then((server) => server.stop()).catch(() => {});
  };
}

/** Asks for the url of the shared server. @throws Error with its log when it does not start. */
export async function askForPostgres(door: string): Promise<string> {
  const answer = answerSchema.parse(JSON.parse(await text(connect(door))));
  if ("error" in answer) throw new Error(answer.error);
  return answer.url;
}

/** The url of another database of the same server. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs a statement on a connection of its own. */
export async function executeOn(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function startWithTemplate(): Promise<PostgresServer> {
  const server = await startPostgres();
  try {
    await makeTemplate(server.url);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function makeTemplate(serverUrl: string): Promise<void> {
  await executeOn(serverUrl, `create database ${TEMPLATE_DATABASE}`);
  const connections = connectPostgres(databaseUrl(serverUrl, TEMPLATE_DATABASE));
  try {
    await migrate(connections.writer, MIGRATIONS);
  } finally {
    await connections.writer.destroy();
  }
}
