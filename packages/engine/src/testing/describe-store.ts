import { describe } from "vitest";
import { testBlobs } from "./store/blobs.ts";
import { testBlocks } from "./store/blocks.ts";
import { testClaims } from "./store/claims.ts";
import { testDefinitions } from "./store/definitions.ts";
import { testDurability } from "./store/durability.ts";
import { testFilters } from "./store/filters.ts";
import type { OpenForTest } from "./store/fixtures.ts";
import { testLogs } from "./store/logs.ts";
import { testOddText } from "./store/odd-text.ts";
import { testOwnerWrites } from "./store/owner-writes.ts";
import { testOwnership } from "./store/ownership.ts";
import { testPages } from "./store/pages.ts";
import { testRemoval } from "./store/removal.ts";
import { testRetention } from "./store/retention.ts";
import { testSchedules } from "./store/schedules.ts";
import { testTokens } from "./store/tokens.ts";
import { testTrees } from "./store/trees.ts";

/** The contract of `Store` as a vitest suite: what every implementation must do. `openForTest` gives an empty store each time. */
export function describeStore(name: string, openForTest: OpenForTest): void {
  describe(`store on ${name}`, () => {
    describe("ownership", () => testOwnership(openForTest));
    describe("claims and state", () => testClaims(openForTest));
    describe("definitions", () => testDefinitions(openForTest));
    describe("trees", () => testTrees(openForTest));
    describe("removal", () => testRemoval(openForTest));
    describe("filters", () => testFilters(openForTest));
    describe("schedules and stamps", () => testSchedules(openForTest));
    describe("blocks", () => testBlocks(openForTest));
    describe("writes of an owner", () => testOwnerWrites(openForTest));
    describe("odd text", () => testOddText(openForTest));
    describe("pages", () => testPages(openForTest));
    describe("tokens, keys and settings", () => testTokens(openForTest));
    describe("logs", () => testLogs(openForTest));
    describe("blobs", () => testBlobs(openForTest));
    describe("retention", () => testRetention(openForTest));
    describe("durability", () => testDurability(openForTest));
  });
}
