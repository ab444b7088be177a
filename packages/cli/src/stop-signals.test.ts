import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { listenForStop } from "./stop-signals.ts";

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

test.each(["SIGINT", "SIGTERM", "SIGHUP"])(
  "the first %s stops, its echo through a parent does nothing, a later one exits at once",
  (name) => {
    const source = new FakeProcess();
    let nowMs = 0;
    const signal = listenForStop(source, () => nowMs);
    expect(signal.aborted).toBe(false);
    source.emit(name);
    expect(signal.aborted).toBe(true);
    nowMs = 20;
    source.emit(name);
    expect(source.exits).toEqual([]);
    nowMs = 2000;
    source.emit("SIGINT");
    expect(source.exits).toEqual([1]);
  },
);
