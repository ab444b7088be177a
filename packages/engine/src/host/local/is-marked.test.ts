import { expect, it } from "vitest";
import { isMarked } from "./is-marked.ts";

const DIRECTORY = "/data/tasks/a";

it.each([
  "HOME=/data/tasks/a",
  "HOME=/data/tasks/a/home",
  "PATH=/bin:/data/tasks/a/bin:/usr/bin",
  "PATH=/bin:/data/tasks/a",
  "OPTIONS=--require=/data/tasks/a/x.js",
  "URL=file:///data/tasks/a/x",
  "LIST=b,/data/tasks/a,c",
  "TWICE=/data/tasks/abc:/data/tasks/a/b",
])("%s names the directory", (variable) => {
  expect(isMarked(["A=1", variable], DIRECTORY)).toBe(true);
});

it.each([
  "PWD=/data/tasks/a/workspace",
  "OLDPWD=/data/tasks/a",
  "HOME=/data/tasks/ab",
  "HOME=/data/tasks/a.bak/x",
  "HOME=/mnt/data/tasks/a",
  "HOME=/data/tasks",
  "",
])("%s does not name the directory", (variable) => {
  expect(isMarked(["A=1", variable], DIRECTORY)).toBe(false);
});
