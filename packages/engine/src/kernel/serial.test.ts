import { expect, test } from "vitest";
import { Serial } from "./serial.ts";

test("runs one piece at a time in the order of the calls, whatever each takes", async () => {
  const serial = new Serial();
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = serial.run(async () => {
    seen.push("first begins");
    await gate.promise;
    seen.push("first ends");
    return 1;
  });
  const second = serial.run(async () => {
    seen.push("second");
    return 2;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(["first begins"]);
  gate.resolve();
  expect(await Promise.all([first, second])).toEqual([1, 2]);
  expect(seen).toEqual(["first begins", "first ends", "second"]);
});

test("a failed piece fails alone", async () => {
  const serial = new Serial();
  const failed = serial.run(() => Promise.reject(new Error("mine")));
  const thrown = serial.run(() => {
    throw new Error("thrown at once");
  });
  const next = serial.run(async () => "fine");
  await expect(failed).rejects.toThrow("mine");
  await expect(thrown).rejects.toThrow("thrown at once");
  expect(await next).toBe("fine");
});

test("is idle once everything queued has settled, failures too", async () => {
  const serial = new Serial();
  await serial.idle();
  let done = false;
  const failing = serial.run(() => Promise.reject(new Error("mine")));
  failing.catch(() => undefined);
  void serial.run(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    done = true;
  });
  await serial.idle();
  expect(done).toBe(true);
});
