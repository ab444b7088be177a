import { readFile } from "node:fs/promises";
import type { Store } from "@optio/engine";
import { hashToken } from "@optio/engine";
import { createToken } from "@optio/server";
import { tokenFile } from "../config.ts";
import { writePrivate } from "./write-private.ts";

/** Name of the token of the command line on the server's own machine. */
const CLI_TOKEN_NAME = "cli";

/** Leaves a token in the home for the command line of the same user; a file whose token was revoked is replaced. */
export async function keepCliToken(store: Store, home: string): Promise<void> {
  const path = tokenFile(home);
  const known = await readFile(path, "utf8").catch(() => undefined);
  if (known !== undefined && (await store.tokens.findByHash(hashToken(known.trim())))) return;
  const { secret } = await createToken({ store, name: CLI_TOKEN_NAME, role: "admin" });
  await writePrivate(path, `${secret}\n`);
}
