import { describe, expect, test } from "vitest";
import { unwrapShell } from "./describe-item.ts";
import { formatAge, formatCount, formatDuration } from "./format.ts";
import { createStyle, firstLine } from "./style.ts";
import { renderFields, renderTable } from "./table.ts";

const plain = createStyle(false);

test("a table aligns its columns, keeps lines whole and cuts what is too wide", () => {
  expect(
    renderTable(
      ["ID", "NAME"],
      [
        ["a", "x\ny"],
        ["long-id", ""],
      ],
      plain,
    ),
  ).toBe("ID       NAME\na        x y\nlong-id");
  expect(renderTable(["ID", "NAME"], [["a", "0123456789"]], plain, 8)).toBe("ID  NAME\na   012…");
});

test("fields without a value are left out", () => {
  expect(
    renderFields(
      [
        ["id", "a"],
        ["error", null],
        ["created", "b"],
      ],
      plain,
    ),
  ).toBe("id       a\ncreated  b");
});

test("headings are bold only where colours are wanted", () => {
  expect(renderTable(["ID"], [], createStyle(true))).toBe("\u001b[1mID\u001b[22m");
});

describe("words for numbers", () => {
  test.each([
    [40.4, "40 ms"],
    [1234, "1.2 s"],
    [59_990, "59.9 s"],
    [185_000, "3 min 5 s"],
    [7_800_000, "2 h 10 min"],
  ])("%d ms is %s", (durationMs, words) => {
    expect(formatDuration(durationMs)).toBe(words);
  });

  test.each([
    ["2026-01-01T00:00:55.000Z", "5s"],
    ["2025-12-31T23:01:00.000Z", "1h"],
    ["2025-12-28T00:01:00.000Z", "4d"],
    ["2027-01-01T00:00:00.000Z", "0s"],
  ])("%s was %s ago", (instant, words) => {
    expect(formatAge(instant, Date.parse("2026-01-01T00:01:00.000Z"))).toBe(words);
  });

  test("counts are grouped", () => {
    expect(formatCount(1_234_567)).toBe("1 234 567");
    expect(formatCount(12)).toBe("12");
  });
});

test.each([
  ["/bin/bash -lc 'ls -la'", "ls -la"],
  ["bash -lc ls", "ls"],
  ["/usr/bin/zsh -c \"echo 'a'\"", "echo 'a'"],
  [`bash -lc 'echo '"'"'a'"'"''`, "echo 'a'"],
  ["git status", "git status"],
])("the shell around a command is not shown: %s", (command, expected) => {
  expect(unwrapShell(command)).toBe(expected);
});

test("a first line is cut to its width", () => {
  expect(firstLine("\n  abc\ndef", 10)).toBe("abc");
  expect(firstLine("0123456789", 5)).toBe("0123…");
});
