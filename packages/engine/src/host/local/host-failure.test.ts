import { OptioError } from "@optio/contract";
import { expect, it } from "vitest";
import { attempt, attemptIfThere, hostFailure } from "./host-failure.ts";

const failing = (code: string) => Object.assign(new Error(`${code}: words of the system`), { code });

it.each([
  ["ENOSPC", "cannot write /a: disk full (ENOSPC)"],
  ["EACCES", "cannot write /a: permission denied (EACCES)"],
  ["EROFS", "cannot write /a: the file system is read-only (EROFS)"],
  ["EWEIRD", "cannot write /a: EWEIRD: words of the system"],
])("says %s in plain words, with the path", async (code, message) => {
  const error = failing(code);
  const refusal = attempt("write /a", () => Promise.reject(error));
  await expect(refusal).rejects.toMatchObject({ code: "host-failed", message, cause: error });
});

it("takes a path that leads nowhere as nothing, and any other failure as one", async () => {
  for (const code of ["ENOENT", "ENOTDIR"]) {
    expect(await attemptIfThere("read /a", () => Promise.reject(failing(code)))).toBeUndefined();
  }
  await expect(attemptIfThere("read /a", () => Promise.reject(failing("EIO")))).rejects.toMatchObject({
    message: "cannot read /a: the disk failed (EIO)",
  });
});

it("leaves an error that says it all as it is", () => {
  const error = new OptioError("too-large", "/a is larger than 3 bytes");
  expect(hostFailure("read /a", error)).toBe(error);
  expect(hostFailure("read /a", "odd").message).toBe("cannot read /a: odd");
});
