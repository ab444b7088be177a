import { randomBytes } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";

/** Replaces a file as a whole, readable by its user only. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(aside, text, { mode: 0o600, flag: "wx" });
  await rename(aside, path);
}
