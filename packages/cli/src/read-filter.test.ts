import { expect, test } from "vitest";
import { readFilters } from "./read-filter.ts";

test.each([
  [["state=failed"], { state: "failed" }],
  [["state!=failed"], { state: { ne: "failed" } }],
  [["metadata.team=a=b"], { "metadata.team": "a=b" }],
  [["metadata.team="], { "metadata.team": "" }],
  // a tag may hold either; the fields of a process are of one kind
  [["metadata.size=5"], { "metadata.size": { in: [5, "5"] } }],
  [["metadata.size!=5"], { not: { "metadata.size": { in: [5, "5"] } } }],
  [["metadata.ready=true"], { "metadata.ready": { in: [true, "true"] } }],
  [["depth=1"], { depth: 1 }],
  [["adhoc=true"], { adhoc: true }],
  [["id=5"], { id: "5" }],
  [['{"or":[{"depth":0},{"kind":"task"}]}'], { or: [{ depth: 0 }, { kind: "task" }] }],
  [["kind=task", "depth=0"], { and: [{ kind: "task" }, { depth: 0 }] }],
  [[], undefined],
  [undefined, undefined],
])("%j reads as a filter", (texts, filter) => {
  expect(readFilters(texts)).toEqual(filter);
});

test.each(["", "state", "=x", "colour=red", "{", '{"state":{"like":"x"}}', '{"and":5}'])(
  "%j is refused as wrong usage, with what was given",
  (text) => {
    expect(() => readFilters([text])).toThrow(expect.objectContaining({ code: "usage" }));
    expect(() => readFilters([text])).toThrow(`--filter ${text}`);
  },
);
