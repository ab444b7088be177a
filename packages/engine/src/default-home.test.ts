import { homedir } from "node:os";
import { expect, test } from "vitest";
import { defaultHome } from "./default-home.ts";

test.each<[string, Record<string, string | undefined>, string]>([
  ["OPTIO_HOME wins", { OPTIO_HOME: "/a/b", XDG_DATA_HOME: "/x", HOME: "/h" }, "/a/b"],
  ["a relative OPTIO_HOME counts from here", { OPTIO_HOME: "state" }, `${process.cwd()}/state`],
  ["then the data directory of the account", { XDG_DATA_HOME: "/x", HOME: "/h" }, "/x/optio"],
  ["a relative data directory is ignored", { XDG_DATA_HOME: "x", HOME: "/h" }, "/h/.local/share/optio"],
  ["empty variables are no variables", { OPTIO_HOME: "", XDG_DATA_HOME: "", HOME: "/h" }, "/h/.local/share/optio"],
  ["without HOME the account's own", { HOME: undefined }, `${homedir()}/.local/share/optio`],
])("the directory of all state: %s", (_, env, expected) => {
  expect(defaultHome(env)).toBe(expected);
});
