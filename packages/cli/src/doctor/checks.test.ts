import { expect, test } from "vitest";
import { renderChecks } from "../commands/doctor.ts";
import { createStyle } from "../render/style.ts";
import type { DoctorProbes } from "./checks.ts";
import { isHealthy, runChecks } from "./checks.ts";

const well: DoctorProbes = {
  nodeVersion: "v24.1.0",
  findProgram: async (name) => ({ path: `/usr/bin/${name}`, version: `${name} 1.0` }),
  probeAgent: async () => ({ version: "0.169.0", available: true, problem: null }),
  homeProblem: async () => undefined,
  freeBytes: async () => 10 ** 10,
  portUse: async () => ({ user: "nobody", detail: "4747 is free" }),
};

const check = async (change: Partial<DoctorProbes>) => runChecks({ ...well, ...change }, "/home/optio");

test("a machine that has everything is ready", async () => {
  const checks = await check({});
  expect(isHealthy(checks)).toBe(true);
  expect(renderChecks(checks, createStyle(false))).toMatch(/\nready$/);
});

test("a missing system program is named with what it is for, and nothing fails", async () => {
  const checks = await check({ findProgram: async () => undefined });
  expect(isHealthy(checks)).toBe(true);
  expect(renderChecks(checks, createStyle(false))).toContain("- restic    not installed; for deduplicated snapshots");
  expect(checks.filter((entry) => entry.status === "missing").map((entry) => entry.name)).toEqual([
    "git",
    "tmux",
    "zstd",
    "restic",
    "ssh",
    "bwrap",
    "chromium",
  ]);
});

test.each<[string, Partial<DoctorProbes>, string]>([
  ["node", { nodeVersion: "v20.9.0" }, "at least 24"],
  [
    "codex",
    { probeAgent: async () => ({ version: null, available: false, problem: "no binary at /x" }) },
    "no binary at /x",
  ],
  ["home", { homeProblem: async () => "/x is not writable" }, "/x is not writable"],
  ["disk", { freeBytes: async () => 1024 * 1024 }, "1 MB free"],
  ["port", { portUse: async () => ({ user: "other", detail: "4747 is used by another program" }) }, "another program"],
])("a machine whose %s is not right is not ready, and the line says why", async (name, change, words) => {
  const checks = await check(change);
  expect(isHealthy(checks)).toBe(false);
  const text = renderChecks(checks, createStyle(false));
  expect(text).toContain(words);
  expect(text).toMatch(new RegExp(`\nnot ready: ${name}$`));
});

test("a server of ours on the port is right", async () => {
  expect(isHealthy(await check({ portUse: async () => ({ user: "optio", detail: "running" }) }))).toBe(true);
});
