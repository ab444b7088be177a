import { expect, it } from "vitest";
import { identify, isAlive, listProcesses, parseStat, readEnvironment } from "./process-table.ts";

const REST = "0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 130772 2654208 136";

it.each(["sh", "a b", "x) S 1 2 (y", "))", "", "line\nbreak"])("reads the line of a program named %j", (name) => {
  const entry = { pid: 42, parent: 7, group: 40, startTime: "130772", isAlive: true };
  expect(parseStat(`42 (${name}) S 7 40 39 ${REST}`)).toEqual(entry);
});

it("counts a process that nobody collected yet as gone", () => {
  expect(parseStat(`42 (sh) Z 7 40 39 ${REST}`)).toMatchObject({ isAlive: false });
  expect(parseStat(`42 (sh) X 7 40 39 ${REST}`)).toMatchObject({ isAlive: false });
});

it.each(["", "x", "42 (sh)", "42 (sh) S 7 40"])("makes nothing of %j", (line) => {
  expect(parseStat(line)).toBeUndefined();
});

it("finds this process, its start and its environment", () => {
  const identity = identify(process.pid);
  expect(identity && isAlive(identity)).toBe(true);
  expect(listProcesses()).toContainEqual(expect.objectContaining({ pid: process.pid, parent: process.ppid }));
  expect(readEnvironment(process.pid).some((variable) => variable.startsWith("PATH="))).toBe(true);
  expect(readEnvironment(2 ** 30)).toEqual([]);
});
