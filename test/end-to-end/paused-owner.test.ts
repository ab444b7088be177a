import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "@optio/engine";
import { startPostgres } from "@optio/engine/testing";
import pg from "pg";
import { expect, test } from "vitest";
import { lookAt, pollUntil } from "../support/process-look.ts";

const PROGRAM = join(import.meta.dirname, "programs", "owner.ts");
/** Long enough for a machine that is busy with other things. */
const LEASE_MS = 4_000;

type Location = Parameters<typeof openStore>[0];

/** Where the two owners meet, and whether one of them is in the middle of a transaction. */
interface Place extends AsyncDisposable {
  readonly home: string;
  readonly location: Location;
  isBusy(): Promise<boolean>;
}

test.each([
  ["SQLite", sqlitePlace],
  ["PostgreSQL", postgresPlace],
])(
  "an owner that is stopped past its lease and wakes up is refused, aborted and lives on, on %s: the other one took over (S-9, G-02)",
  async (_, openPlace) => {
    await using place = await openPlace();
    await using first = await Owner.start("first", place);
    first.send("launch");
    await first.until({ launched: 1 });
    await first.until({ wrote: 1 });
    await using second = await Owner.start("second", place);

    await first.pause(place);
    await using store = await openForReading(place.location);
    await until(store, "failed");
    const written = (await linesOf(store)).length;
    expect(await store.processes.find("held")).toMatchObject({
      run: 1,
      owner: null,
      error: { code: "interrupted-by-restart" },
    });
    expect(lookAt(first.pid)).toBeDefined();
    second.send("launch");
    await second.until({ launched: 2 });
    await second.until({ wrote: 1 });

    first.wake();
    expect(await first.until({ refused: "stale-owner" })).toMatchObject({ refused: "stale-owner" });
    expect(await first.until({ aborted: "stale-owner" })).toMatchObject({
      because: expect.stringContaining("run 1 of 'held'"),
    });
    // it lives and answers; the run is the other one's
    first.send("launch");
    await first.until({ launched: "not-launchable" });
    second.send("end");
    await until(store, "done");
    first.send("close");
    second.send("close");
    await Promise.all([first.until({ closed: true }), second.until({ closed: true })]);

    const lines = await linesOf(store);
    const owners = lines.map(({ run, message }) => `${run} ${message.split(" ")[0]}`);
    expect(owners.slice(0, written)).toEqual(Array(written).fill("1 first"));
    expect(new Set(owners.slice(written))).toEqual(new Set(["2 second"]));
    expect(second.told.filter((what) => "aborted" in what || "refused" in what)).toEqual([]);
    expect(await movesOf(store)).toEqual([
      "1 scheduled",
      "1 running",
      "1 failed",
      "2 scheduled",
      "2 running",
      "2 done",
    ]);
  },
);

type Told = Readonly<Record<string, unknown>>;

/** A program that owns runs, as its own OS process. */
class Owner implements AsyncDisposable {
  readonly told: Told[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #news = Promise.withResolvers<void>();

  static async start(name: string, { home, location }: Place): Promise<Owner> {
    const env = {
      PATH: process.env.PATH,
      OPTIO_HOME: home,
      STORE: JSON.stringify(location),
      LEASE_MS: String(LEASE_MS),
    };
    const child = spawn(process.execPath, [PROGRAM, name], { env, stdio: ["pipe", "pipe", "inherit"] });
    const owner = new Owner(child);
    await owner.until({ ready: child.pid });
    return owner;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, "close").then(() => this.#hear({ ended: true }));
    if (child.stdout) createInterface(child.stdout).on("line", (line) => this.#hear(JSON.parse(line)));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  send(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  /** Stops it while it is not in a transaction, which would hold up everybody else. */
  async pause(place: Place): Promise<void> {
    for (;;) {
      this.#child.kill("SIGSTOP");
      await pollUntil("the stop", () => / T /.test(readFileSync(`/proc/${this.pid}/stat`, "latin1")));
      if (!(await place.isBusy())) return;
      this.#child.kill("SIGCONT");
      // stopped again at once it would not get one step on
      await expect.poll(() => place.isBusy(), { timeout: 20_000, interval: 5 }).toBe(false);
    }
  }

  wake(): void {
    this.#child.kill("SIGCONT");
  }

  /** What it told that has these values. */
  async until(wanted: Told): Promise<Told> {
    for (;;) {
      const found = this.told.find((what) => Object.entries(wanted).every(([key, value]) => what[key] === value));
      if (found) return found;
      if (this.told.some((what) => "ended" in what)) throw new Error(`it ended: ${JSON.stringify(this.told)}`);
      await this.#news.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #hear(what: Told): void {
    this.told.push(what);
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

async function sqlitePlace(): Promise<Place> {
  const root = await mkdtemp("/var/tmp/optio-paused-");
  const path = join(root, "home", "optio.db");
  return {
    home: join(root, "home"),
    location: { sqlite: path },
    async isBusy() {
      const database = new DatabaseSync(path, { timeout: 0 });
      try {
        database.exec("begin immediate; rollback");
        return false;
      } catch {
        return true;
      } finally {
        database.close();
      }
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

async function postgresPlace(): Promise<Place> {
  const root = await mkdtemp("/var/tmp/optio-paused-");
  const server = await startPostgres();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  return {
    home: join(root, "home"),
    location: { postgres: server.url },
    async isBusy() {
      const open =
        "select 1 from pg_stat_activity where xact_start is not null and backend_type = 'client backend' and pid <> pg_backend_pid()";
      return (await client.query(open)).rows.length > 0;
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await server.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

type Store = Awaited<ReturnType<typeof openStore>>;

async function openForReading(location: Location): Promise<Store & AsyncDisposable> {
  const store = await openStore(location);
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}

/** Resolves once the task is in that state: SQLite tells nobody of another process's commits. */
async function until(store: Store, state: string): Promise<void> {
  await expect
    .poll(async () => (await store.processes.find("held"))?.state, { timeout: 50_000, interval: 50 })
    .toBe(state);
}

async function linesOf(store: Store) {
  const { items } = await store.logs.list("held", { after: 0, limit: 10_000 });
  return items.filter(({ message }) => /^(first|second) /.test(message));
}

async function movesOf(store: Store): Promise<string[]> {
  const envelopes = await store.events.list("held", { after: 0, limit: 10_000 });
  return envelopes.flatMap(({ run, event }) => (event.type === "process.state_changed" ? [`${run} ${event.to}`] : []));
}
