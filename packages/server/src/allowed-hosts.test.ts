import { describe, expect, test } from "vitest";
import { createAllowedHosts } from "./allowed-hosts.ts";

const hosts = createAllowedHosts(["box.example", "gate.example:8443"], () => ({ host: "10.0.0.5", port: 4747 }));

describe("the Host header", () => {
  test.each([
    "127.0.0.1:4747",
    "localhost:4747",
    "LOCALHOST:4747",
    "[::1]:4747",
    "10.0.0.5:4747",
    "box.example",
    "box.example:9000",
    "gate.example:8443",
  ])("%s is answered", (host) => {
    expect(hosts.allowsHost(host)).toBe(true);
  });

  test.each([
    undefined,
    "",
    "localhost",
    "localhost:4748",
    "localhost.:4747",
    "localhost:4747.evil.example",
    "evil.example",
    "evil.example:4747",
    "gate.example",
    "box.example.evil",
    "user@localhost:4747",
    "localhost:4747/path",
    "[::2]:4747",
    "localhost:4747, evil.example",
  ])("%s is refused", (host) => {
    expect(hosts.allowsHost(host)).toBe(false);
  });
});

describe("the Origin header", () => {
  test.each(["http://127.0.0.1:4747", "http://localhost:4747", "https://box.example", "https://gate.example:8443"])(
    "%s is answered",
    (origin) => {
      expect(hosts.allowsOrigin(origin)).toBe(true);
    },
  );

  test.each([
    "null",
    "",
    "http://localhost:3000",
    "http://localhost",
    "ftp://localhost:4747",
    "http://evil.example",
    "http://localhost:4747@evil.example",
    "http://localhost:4747/x",
    "file://localhost:4747",
  ])("%s is refused", (origin) => {
    expect(hosts.allowsOrigin(origin)).toBe(false);
  });
});

test("before it listens a server is reached in-process under the default port", () => {
  const inProcess = createAllowedHosts([], () => ({}));
  expect(inProcess.allowsHost("localhost:80")).toBe(true);
  expect(inProcess.allowsOrigin("http://localhost:3000")).toBe(false);
});
