import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CodexSessionInput, SessionView } from "@optio/contract";
import { unwrap } from "@optio/contract";
import { expect, test } from "vitest";
import { codexPid, writeProgram } from "../support/codex-program.ts";
import { findLogProblems } from "../support/log-problems.ts";
import { processesNaming } from "../support/process-look.ts";
import { answersIn, messagesIn } from "../support/read-log.ts";
import { kill, World } from "../support/world.ts";

interface Refusal {
  readonly title: string;
  readonly config: (world: World) => CodexSessionInput;
  readonly code: string;
  /** What the message must name: the value, and what to do. */
  readonly says: readonly RegExp[];
}

const REFUSALS: readonly Refusal[] = [
  {
    title: "a codex of another version",
    config: ({ root }) => ({ codex: { path: writeProgram(join(root, "old-codex"), "echo codex-cli 0.1.2") } }),
    code: "agent-version-refused",
    says: [/old-codex is codex 0\.1\.2/, /wanted 0\.\d+\.\d+/],
  },
  {
    title: "a program that is no codex",
    config: () => ({ codex: { path: "/bin/true" } }),
    code: "agent-version-refused",
    says: [/--version did not name a version/, /wanted codex 0\.\d+\.\d+/],
  },
  {
    title: "a codex that is not there",
    config: ({ root }) => ({ codex: { path: join(root, "no-codex") } }),
    code: "agent-binary-missing",
    says: [/there is no codex at '.*no-codex'/, /correct codex\.path/],
  },
  {
    title: "a codex that may not be executed",
    config: ({ root }) => {
      const path = writeProgram(join(root, "plain-file"), "");
      chmodSync(path, 0o600);
      return { codex: { path } };
    },
    code: "agent-binary-missing",
    says: [/plain-file is not executable/, /chmod \+x/],
  },
  {
    title: "a codex that ends as soon as it starts",
    config: ({ root }) => {
      const body = '[ "$1" = --version ] && exec "$CODEX" --version\necho no luck today >&2; exit 7';
      return { codex: { path: writeProgram(join(root, "broken-codex"), body) } };
    },
    code: "agent-start-failed",
    says: [/exit code 7/, /no luck today/],
  },
  {
    title: "a workspace directory that is missing",
    config: ({ root }) => ({ source: { directory: join(root, "nowhere") } }),
    code: "directory-refused",
    says: [/nowhere' is not a directory/, /name an existing one/],
  },
  {
    title: "a workspace directory that is a file",
    config: ({ root }) => {
      writeFileSync(join(root, "file"), "");
      return { source: { directory: join(root, "file") } };
    },
    code: "directory-refused",
    says: [/file' is not a directory/, /name an existing one/],
  },
  {
    title: "a workspace directory among the server's own",
    config: ({ home }) => {
      mkdirSync(join(home, "tasks", "mine"), { recursive: true });
      return { source: { directory: join(home, "tasks", "mine") } };
    },
    code: "directory-refused",
    says: [/overlaps the directory of the server's own/, /name another one/],
  },
  {
    title: "the server's home as workspace directory",
    config: ({ home }) => ({ source: { directory: home } }),
    code: "directory-refused",
    says: [/overlaps/, /name another one/],
  },
  {
    title: "a configuration that codex refuses",
    config: () => ({ codexConfig: { model_context_window: "wide" } }),
    code: "agent-config-refused",
    says: [/codex refused its configuration/, /config\.toml:\d+:\d+: invalid type: string "wide", expected i64/],
  },
];

test.each(REFUSALS)("$title fails with $code and says what to do", async ({ config, code, says }) => {
  await using world = await World.create();
  await world.start();
  const view = await untilFailed(world, config(world));
  expect(view).toMatchObject({ state: "failed", phase: "ended", outcome: "failed", error: { code } });
  for (const words of says) expect(view.error?.message).toMatch(words);
  expect(processesNaming(world.taskDirectory(view.id))).toEqual([]);
  expect(findLogProblems(await world.log(view.id))).toEqual([]);
});

test("a value that codex's configuration cannot hold is refused before anything is created", async () => {
  await using world = await World.create();
  await world.start();
  await expect(world.createSession({ codexConfig: { notice: { nothing: null } } })).rejects.toMatchObject({
    code: "agent-config-refused",
    message: expect.stringContaining("codexConfig.notice.nothing"),
  });
  expect(await unwrap(world.client.GET("/processes", {}))).toMatchObject({ items: [] });
});

test("a session without its login says so, also after a codex restart, and its queue goes on after the login", async () => {
  await using world = await World.create();
  await world.start();
  const { id } = await world.createSession({ prompt: "first", codexConfig: providerWithLogin(world) });
  const log = world.follow(id);
  const required = await log.until({ type: "login.required" });
  expect(required.kinds).toContain("apiKey");
  expect(await world.send(id, "second")).toMatchObject({ state: "queued" });
  kill(codexPid(world, id));
  const resumed = await log.until({ type: "session.resumed" });
  expect(await world.view(id)).toMatchObject({
    phase: "login",
    login: { required: true, kinds: ["apiKey"] },
    queue: [{ text: "first" }, { text: "second" }],
  });
  await logIn(world, id);
  await log.until({ type: "login.completed" });
  await log.untilTurns(2);
  // the key is in memory only: a codex that is started again gets it once more
  kill(codexPid(world, id));
  await log.until({ type: "session.resumed" }, resumed.seq);
  await world.send(id, "third");
  await log.untilTurns(3);
  const stored = await world.log(id);
  expect(findLogProblems(stored)).toEqual([]);
  expect(messagesIn(stored)).toEqual(["first", "second", "third"]);
  expect(answersIn(stored)).toEqual(["first", "second", "third"].map((text) => `answer to: ${text}`));
  expect(JSON.stringify(stored)).not.toContain(API_KEY);
});

test("an API key of the configuration logs the session in", async () => {
  await using world = await World.create();
  await world.start();
  const config = { prompt: "hello", codexConfig: providerWithLogin(world), identity: { apiKey: API_KEY } };
  const { id } = await world.createSession(config);
  const log = world.follow(id);
  await log.untilTurns(1);
  expect(answersIn(await world.log(id))).toEqual(["answer to: hello"]);
  expect(JSON.stringify(await world.view(id))).not.toContain(API_KEY);
});

const API_KEY = "sk-test-0123456789abcdef0123456789abcdef";

/** The scripted model as a provider that wants an account. */
function providerWithLogin(world: World): CodexSessionInput["codexConfig"] {
  const { url } = world.model;
  return {
    model_providers: {
      scripted: { name: "With login", base_url: url, wire_api: "responses", requires_openai_auth: true },
    },
  };
}

async function logIn(world: World, id: string): Promise<void> {
  const body = { type: "apiKey", apiKey: API_KEY } as const;
  await unwrap(world.client.POST("/sessions/{id}/login", { params: { path: { id } }, body }));
}

async function untilFailed(world: World, config: CodexSessionInput): Promise<SessionView> {
  const { id } = await world.createSession(config);
  const log = world.follow(id);
  await log.until({ type: "process.state_changed", where: ({ to }) => to === "failed" });
  return world.view(id);
}
