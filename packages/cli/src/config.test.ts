import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { resolveHome, resolvePort, resolveToken, resolveUrl } from "./config.ts";

test("the home is the flag, OPTIO_HOME, the data home or the user's, in this order", () => {
  const env = { OPTIO_HOME: "/optio", XDG_DATA_HOME: "/data", HOME: "/user" };
  expect(resolveHome(env, { home: "mine" }, "/cwd")).toBe("/cwd/mine");
  expect(resolveHome(env, {}, "/cwd")).toBe("/optio");
  expect(resolveHome({ ...env, OPTIO_HOME: "" }, {}, "/cwd")).toBe("/data/optio");
  expect(resolveHome({ XDG_DATA_HOME: "relative", HOME: "/user" }, {}, "/cwd")).toBe("/user/.local/share/optio");
});

test("the port is the flag, OPTIO_PORT or 4747", () => {
  expect(resolvePort({ OPTIO_PORT: "5000" }, "0")).toBe(0);
  expect(resolvePort({ OPTIO_PORT: "5000" })).toBe(5000);
  expect(resolvePort({})).toBe(4747);
});

test.each(["-1", "65536", "4747x", "1e3", " 80"])(
  "'%s' is no port, and the message names where it came from",
  (text) => {
    expect(() => resolvePort({ OPTIO_PORT: text })).toThrow(`OPTIO_PORT is '${text}'`);
    expect(() => resolvePort({}, text)).toThrow(`--port is '${text}'`);
  },
);

test("the address is the flag, OPTIO_URL or this machine at the port, without a slash at its end", () => {
  expect(resolveUrl({ OPTIO_URL: "http://a:1/" }, { url: "https://b/optio/" })).toBe("https://b/optio");
  expect(resolveUrl({ OPTIO_URL: "http://a:1/" }, {})).toBe("http://a:1");
  expect(resolveUrl({ OPTIO_PORT: "80" }, {})).toBe("http://127.0.0.1:80");
  expect(() => resolveUrl({ OPTIO_URL: "a:1" }, {})).toThrow("'a:1'");
});

test("the token is the flag, OPTIO_TOKEN or the file that the server left", async () => {
  const home = await mkdtemp(join(tmpdir(), "optio-cli-"));
  try {
    expect(await resolveToken({}, {}, home)).toBeUndefined();
    await writeFile(join(home, "cli-token"), "from-file\n");
    expect(await resolveToken({}, {}, home)).toBe("from-file");
    expect(await resolveToken({ OPTIO_TOKEN: "from-env" }, {}, home)).toBe("from-env");
    expect(await resolveToken({ OPTIO_TOKEN: "from-env" }, { token: "from-flag" }, home)).toBe("from-flag");
  } finally {
    await rm(home, { recursive: true });
  }
});
