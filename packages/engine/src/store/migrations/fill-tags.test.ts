import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sessionFacts, upTo } from "../../testing/store/fixtures.ts";
import type { DialectConnections } from "../dialects/dialect.ts";
import { connectPostgres } from "../dialects/postgres.ts";
import { connectSqlite } from "../dialects/sqlite.ts";
import { migrate } from "../migrate.ts";
import { openStore } from "../open-store.ts";
import { createPostgresDatabase } from "../postgres.test-support.ts";
import { first } from "./0001-first.ts";

const KINDS = ["SQLite", "PostgreSQL"] as const;

describe.each(KINDS)("a database of the first version on %s", (kind) => {
  test("keeps its records, which stand for themselves as roots and are found by their metadata", async () => {
    await using made = new AsyncDisposableStack();
    const { location, connect } = await emptyDatabase(kind, made);
    await writeOld(connect(), 1_100);
    const store = await openStore(location);
    made.defer(() => store.close());
    const expected = { id: "p7", root: "p7", depth: 0, order: 0, params: {}, sealedConfig: "sealed", special: false };
    const session = sessionFacts({ workspace: "/7" });
    expect(await store.processes.find("p7")).toMatchObject({
      ...expected,
      session,
      ttlSeconds: null,
      nextFireAt: null,
    });
    const found = async (filter: { [key: string]: string | number }) =>
      (await store.processes.list({ filter, limit: 2_000 })).items.map(({ id }) => id);
    for (const n of [1, 499, 500, 501, 1_100]) expect(await found({ "metadata.n": n })).toEqual([`p${n}`]);
    expect(await found({ "metadata.team": "blue" })).toHaveLength(1_100);
    expect(await store.processes.countByState()).toEqual([{ kind: "session", state: "idle", count: 1_100 }]);
  });
});

async function emptyDatabase(kind: (typeof KINDS)[number], made: AsyncDisposableStack) {
  if (kind === "PostgreSQL") {
    const { url } = made.use(await createPostgresDatabase("template0"));
    return { location: { postgres: url }, connect: () => connectPostgres(url) };
  }
  const directory = await mkdtemp("/var/tmp/optio-fill-");
  made.defer(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "optio.db");
  return { location: { sqlite: path }, connect: () => connectSqlite(path) };
}

async function writeOld({ writer }: DialectConnections, count: number): Promise<void> {
  try {
    await migrate(writer, { "0001-first": first });
    const old = writer.withTables<{ processes: Record<string, unknown> }>();
    const rows = upTo(count).map(oldProcess);
    for (let from = 0; from < rows.length; from += 500)
      await old
        .insertInto("processes")
        .values(rows.slice(from, from + 500))
        .execute();
  } finally {
    await writer.destroy();
  }
}

function oldProcess(n: number): Record<string, unknown> {
  return {
    id: `p${n}`,
    kind: "session",
    name: "N",
    metadata: JSON.stringify({ n, team: "blue" }),
    adhoc: 1,
    sealed_config: "sealed",
    search: "",
    state: "idle",
    run: 0,
    epoch: 0,
    cancellable: 1,
    supports_resume: 1,
    has_saved_state: 0,
    head_seq: 0,
    created_at: n,
    session: JSON.stringify(sessionFacts({ workspace: `/${n}` })),
    change_id: n,
    pending_decisions: 0,
    queued: 0,
  };
}
