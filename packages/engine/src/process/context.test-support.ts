import type { ChildVerbs } from "./child-runs.ts";

/** For contexts of tests that start no children. */
export const NO_CHILDREN: ChildVerbs = {
  runChild: () => Promise.reject(new Error("no children here")),
  runChildForResult: () => Promise.reject(new Error("no children here")),
  parallel: () => Promise.reject(new Error("no children here")),
};
