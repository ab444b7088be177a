import { expect, test } from "vitest";
import { serverPlace } from "./server-place.ts";

const configured = { host: "0.0.0.0", port: 1000, allowedHosts: ["a", "b"], baseUrl: "https://a.example.org/" };

test("without anything the server is on this machine alone, at its own port", () => {
  expect(serverPlace({}, {})).toEqual({ host: "127.0.0.1", port: 4747, allowedHosts: [], baseUrl: undefined });
});

test("the configuration file says where, and flags and environment win over it", () => {
  expect(serverPlace({}, {}, configured)).toEqual({ ...configured, baseUrl: "https://a.example.org" });
  expect(serverPlace({ OPTIO_PORT: "2000" }, {}, configured).port).toBe(2000);
  const flags = { host: "::1", port: "0", baseUrl: "http://b.example.org", allowHost: ["b", "c"] };
  expect(serverPlace({ OPTIO_PORT: "2000" }, flags, configured)).toEqual({
    host: "::1",
    port: 0,
    allowedHosts: ["a", "b", "c"],
    baseUrl: "http://b.example.org",
  });
});

test("a wrong flag is a wrong command line", () => {
  expect(() => serverPlace({}, { port: "x" })).toThrow(expect.objectContaining({ code: "usage" }));
  expect(() => serverPlace({}, { baseUrl: "x" })).toThrow(expect.objectContaining({ code: "usage" }));
});
