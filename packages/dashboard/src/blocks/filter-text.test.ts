import type { Filter } from "@optio/contract";
import { expect, test } from "vitest";
import { filterToText, readFilterText } from "./filter-text.ts";
import { groupCall } from "./group-call.ts";

test.each<[string, string, Filter]>([
  ["a pair is about the metadata", "team=core", { "metadata.team": "core" }],
  ["several pairs must all hold", "team=core  env=prod", { "metadata.team": "core", "metadata.env": "prod" }],
  ["a field that is named in full stays", "metadata.a.b=c", { "metadata.a.b": "c" }],
  [
    "numbers and truth values are read as such",
    "n=3 f=-1.5 on=true",
    { "metadata.n": 3, "metadata.f": -1.5, "metadata.on": true },
  ],
  ["quotes keep a value a text, with its spaces", 'n="3" who="a b"', { "metadata.n": "3", "metadata.who": "a b" }],
  ["a value may hold the sign", "q=a=b", { "metadata.q": "a=b" }],
  ["unequal is written !=", "env!=prod", { "metadata.env": { ne: "prod" } }],
  [
    "a field twice becomes an and",
    "env!=a env!=b",
    { and: [{ "metadata.env": { ne: "a" } }, { "metadata.env": { ne: "b" } }] },
  ],
  [
    "JSON is the whole language",
    '{"or":[{"state":"failed"},{"metadata.n":{"gt":3}}]}',
    { or: [{ state: "failed" }, { "metadata.n": { gt: 3 } }] },
  ],
])("%s", (_, text, filter) => {
  expect(readFilterText(text)).toEqual({ type: "filter", filter });
});

test.each([
  ["a word without a sign", "core", "“core” is no pair: write key=value."],
  ["a pair without a value", "team=", "“team” has no value yet."],
  ["JSON that is not finished", '{"a":', "This is not JSON yet."],
  ["JSON that is no filter", '{"a":{"like":1}}', "This JSON is no filter."],
  ["an empty filter", "{}", "An empty filter would match everything."],
])("%s is not read and says why", (_, text, message) => {
  expect(readFilterText(text)).toEqual({ type: "unreadable", message });
});

test("no text asks for nothing", () => {
  expect(readFilterText("  ")).toEqual({ type: "empty" });
});

test.each(["team=core env=prod", 'n="3" who="a b" flag="true"', "n=3 on=false", '{"state":"failed"}'])(
  "%s is written as it was read",
  (text) => {
    const read = readFilterText(text);
    expect(read.type === "filter" && filterToText(read.filter)).toBe(text);
  },
);

test("a block outlives the group call that set it, and only a block carries a reason", () => {
  const filter = { "metadata.team": "core" };
  expect(groupCall("cancel", filter, "x")).toEqual({ filter });
  expect(groupCall("block", filter, " why ")).toEqual({ filter, block: true, persist: true, reason: "why" });
  expect(groupCall("purge", filter, "x")).toEqual({ filter, purge: true });
});
