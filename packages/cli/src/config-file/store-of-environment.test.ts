import { expect, test } from "vitest";
import { storeOfEnvironment } from "./store-of-environment.ts";

test("OPTIO_STORE names a PostgreSQL database, or leaves the store to the configuration", () => {
  expect(storeOfEnvironment({})).toEqual({});
  expect(storeOfEnvironment({ OPTIO_STORE: "" })).toEqual({});
  for (const url of ["postgres://u:p@h/db", "postgresql://h/db"]) {
    expect(storeOfEnvironment({ OPTIO_STORE: url })).toEqual({ store: { postgres: url } });
  }
});

test("OPTIO_STORE of another kind is refused without being repeated", () => {
  const refused = () => storeOfEnvironment({ OPTIO_STORE: "mysql://u:Sesame9@h/db" });
  expect(refused).toThrow(/OPTIO_STORE/);
  expect(refused).not.toThrow(/Sesame9/);
});
