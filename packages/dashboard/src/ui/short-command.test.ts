import { expect, test } from "vitest";
import { shortCommand } from "./short-command.ts";

test.each([
  ["/bin/bash -lc 'npm test'", "npm test"],
  ['bash -lc "echo hi"', "echo hi"],
  ["/usr/bin/zsh -lc ls", "ls"],
  ["/bin/sh -c 'a && b'", "a && b"],
  ["/bin/bash -lc 'echo '\\''x'\\'''", "echo 'x'"],
  ["git status", "git status"],
  ["bash script.sh", "bash script.sh"],
])("%s is %s", (command, short) => {
  expect(shortCommand(command)).toBe(short);
});
