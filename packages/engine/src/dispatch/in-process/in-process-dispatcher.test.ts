import { expect, test } from "vitest";
import type { JobSignals } from "../dispatcher.ts";
import { InProcessDispatcher } from "./in-process-dispatcher.ts";

const key = (run: number, processId = "p") => ({ processId, run, epoch: run });

/** Work that ends when the test says so and shows its signals. */
function aJob() {
  const end = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<JobSignals>();
  const work = (signals: JobSignals) => {
    begun.resolve(signals);
    return end.promise;
  };
  return { work, begun: begun.promise, end: () => end.resolve() };
}

test("a second start of the same process waits for the first, another process does not", async () => {
  const dispatcher = new InProcessDispatcher();
  const [first, second, other] = [aJob(), aJob(), aJob()];
  let secondBegan = false;
  void second.begun.then(() => {
    secondBegan = true;
  });
  dispatcher.start(key(1), first.work);
  dispatcher.start(key(2), second.work);
  dispatcher.start(key(1, "q"), other.work);
  await Promise.all([first.begun, other.begun]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(secondBegan).toBe(false);
  first.end();
  await second.begun;
  expect(dispatcher.isRunning("p")).toBe(true);
  second.end();
  await dispatcher.settled("p");
  expect(dispatcher.isRunning("p")).toBe(false);
  expect(dispatcher.running()).toEqual([key(1, "q")]);
});

test("cancel and detach reach their own signal only, and the first reason of a cancel stays", async () => {
  const dispatcher = new InProcessDispatcher();
  const job = aJob();
  dispatcher.start(key(1), job.work);
  const signals = await job.begun;
  const reason = new Error("first");
  expect(dispatcher.cancel("p", reason)).toBe(true);
  expect(dispatcher.cancel("p", new Error("second"))).toBe(true);
  expect(signals.cancel.reason).toBe(reason);
  expect(signals.detach.aborted).toBe(false);
  expect(dispatcher.detach("p")).toBe(true);
  expect(signals.detach.aborted).toBe(true);
});

test("a cancel before the work began is heard when it begins", async () => {
  const dispatcher = new InProcessDispatcher();
  const [first, second] = [aJob(), aJob()];
  dispatcher.start(key(1), first.work);
  dispatcher.start(key(2), second.work);
  const { cancel } = await first.begun;
  dispatcher.cancel("p", new Error("the newest run"));
  expect(cancel.aborted).toBe(false);
  first.end();
  expect((await second.begun).cancel.reason).toMatchObject({ message: "the newest run" });
});

test("what is not worked on here is not cancelled, not detached and settled at once", async () => {
  const dispatcher = new InProcessDispatcher();
  expect(dispatcher.cancel("p", new Error("x"))).toBe(false);
  expect(dispatcher.detach("p")).toBe(false);
  expect(dispatcher.isRunning("p")).toBe(false);
  expect(dispatcher.running()).toEqual([]);
  await dispatcher.settled("p");
});

test("settled waits for the end of the work", async () => {
  const dispatcher = new InProcessDispatcher();
  const job = aJob();
  dispatcher.start(key(1), job.work);
  let settled = false;
  const wait = dispatcher.settled("p").then(() => {
    settled = true;
  });
  await job.begun;
  expect(settled).toBe(false);
  job.end();
  await wait;
  expect(dispatcher.isRunning("p")).toBe(false);
});
