import { spawn } from "node:child_process";
import { once } from "node:events";
import { utimes } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeHost } from "../../testing/describe-host.ts";
import { createHostFixture } from "../../testing/host/host-fixtures.ts";
import { createLocalHost } from "./local-host.ts";

describeHost("local", createLocalHost);

it("leaves a detached program running when the process that started it is killed", async () => {
  const host = createLocalHost();
  await using fixture = await createHostFixture(host);
  const { controlDir, directory } = fixture;
  const options = {
    controlDir,
    command: "/bin/sleep",
    args: ["300"],
    env: { HOME: directory },
    cwd: directory,
    orphanAfterMs: 60_000,
  };
  const code = `const { createLocalHost } = await import(${JSON.stringify(join(import.meta.dirname, "local-host.ts"))});
    const started = await createLocalHost().processes.spawnDetached(${JSON.stringify(options)});
    process.stdout.write(JSON.stringify(started));
    setInterval(() => undefined, 1_000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const [text] = await once(parent.stdout, "data");
  const started = JSON.parse(String(text));
  parent.kill("SIGKILL");
  await once(parent, "exit");
  expect(await host.processes.inspectDetached(controlDir, started)).toEqual({ state: "running" });
  await host.processes.stopDetached(started, { markerDir: directory, graceful: true });
  expect(await host.processes.inspectDetached(controlDir, started)).toEqual({ state: "exited", exitCode: 143 });
});

it("lets the watchdog end a program whose launcher was killed", async () => {
  const host = createLocalHost();
  await using fixture = await createHostFixture(host);
  const started = await fixture.spawn("exec sleep 300", { orphanAfterMs: 60_000, watchdogIntervalMs: 100 });
  process.kill(started.group.pid, "SIGKILL");
  await utimes(`${fixture.controlDir}/owner`, 1, 1);
  const exit = await host.processes.waitForExit(fixture.controlDir, started, new AbortController().signal);
  expect(exit).toEqual({ exitCode: null });
  // nobody tells the watchdog: it sees the end after the pause that follows its TERM
  expect(await fixture.leftovers(started.group.pid, 10_000)).toEqual([]);
});

it("names a machine without an id by a hash of its host name", async () => {
  const facts = await createLocalHost({ machineIdPath: "/nowhere/machine-id" }).facts();
  expect(facts.machineId).toMatch(/^[0-9a-f]{32}$/);
  expect(await createLocalHost({ machineIdPath: "/dev/null" }).facts()).toEqual(facts);
});

it("says the account's real home, whatever HOME is", async () => {
  expect((await createLocalHost().facts()).home).toBe(userInfo().homedir);
});

it("hands on locale, time zone, path, proxies and certificates, and no secret", async () => {
  const inherited = {
    PATH: "/bin",
    LANG: "C",
    LANGUAGE: "de",
    LC_ALL: "C",
    LC_MESSAGES: "C",
    TZ: "UTC",
    HTTPS_PROXY: "http://a",
    http_proxy: "http://b",
    NO_PROXY: "c",
    all_proxy: "d",
    SSL_CERT_FILE: "/e",
    SSL_CERT_DIR: "/f",
    NODE_EXTRA_CA_CERTS: "/g",
    REQUESTS_CA_BUNDLE: "/h",
    CURL_CA_BUNDLE: "/i",
  };
  const dropped = { HOME: "/x", API_KEY: "secret", SSH_AUTH_SOCK: "/y", PATHS: "/z", MY_LANG: "x", Http_Proxy: "z" };
  const host = createLocalHost({ env: { ...inherited, ...dropped, LC_TIME: undefined } });
  expect(await host.inheritedEnv()).toEqual(inherited);
});
