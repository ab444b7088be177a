import { createSecretKey, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seal, unseal } from "./seal.ts";

const refused = expect.objectContaining({ code: "secret-key-refused" });

describe("a sealed secret", () => {
  const key = createSecretKey(randomBytes(32));

  test("opens with the same key and context", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (plaintext, context) => {
        expect(unseal(key, seal(key, plaintext, context), context)).toBe(plaintext);
      }),
    );
  });

  test("differs each time and does not show its text", () => {
    const sealed = [seal(key, "sk-very-secret", "c"), seal(key, "sk-very-secret", "c")];
    expect(sealed[0]).not.toBe(sealed[1]);
    expect(Buffer.from(sealed[0]?.slice(3) ?? "", "base64url").toString("latin1")).not.toContain("secret");
  });

  test("does not open with another key or for another context", () => {
    const sealed = seal(key, "text", "session-config:a");
    expect(() => unseal(createSecretKey(randomBytes(32)), sealed, "session-config:a")).toThrow(refused);
    expect(() => unseal(key, sealed, "session-config:b")).toThrow(refused);
  });

  test("does not open when any byte was changed or it was cut", () => {
    const bytes = Buffer.from(seal(key, "text", "c").slice(3), "base64url");
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(() => unseal(key, `v1.${changed.toString("base64url")}`, "c"), `byte ${index}`).toThrow(refused);
      expect(() => unseal(key, `v1.${bytes.subarray(0, index).toString("base64url")}`, "c")).toThrow(refused);
    }
  });

  test.each(["", "v1", "v2.AAAA", "v1.AA.AA", "text"])("is refused in another form: %j", (sealed) => {
    expect(() => unseal(key, sealed, "c")).toThrow(refused);
  });
});
