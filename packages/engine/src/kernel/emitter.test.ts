import { expect, test } from "vitest";
import { Emitter } from "./emitter.ts";

test("calls listeners in the order of subscription until they are disposed", () => {
  const emitter = new Emitter<number>();
  const heard: string[] = [];
  const first = emitter.subscribe((value) => heard.push(`first ${value}`));
  {
    using _ = emitter.subscribe((value) => heard.push(`second ${value}`));
    emitter.emit(1);
    expect(emitter.size).toBe(2);
  }
  emitter.emit(2);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  emitter.emit(3);
  expect(heard).toEqual(["first 1", "second 1", "first 2"]);
  expect(emitter.size).toBe(0);
});

test("a listener that throws is reported and the others still hear", () => {
  const errors: unknown[] = [];
  const emitter = new Emitter<string>((error) => errors.push(error));
  const heard: string[] = [];
  emitter.subscribe(() => {
    throw new Error("bad listener");
  });
  emitter.subscribe((value) => heard.push(value));
  emitter.emit("a");
  expect(heard).toEqual(["a"]);
  expect(errors).toMatchObject([{ message: "bad listener" }]);
});

test("who subscribes or leaves during an emit does not change that emit", () => {
  const emitter = new Emitter<number>();
  const heard: string[] = [];
  emitter.subscribe((value) => {
    heard.push(`first ${value}`);
    second[Symbol.dispose]();
    emitter.subscribe((later) => heard.push(`third ${later}`));
  });
  const second = emitter.subscribe((value) => heard.push(`second ${value}`));
  emitter.emit(1);
  expect(heard).toEqual(["first 1", "second 1"]);
});
