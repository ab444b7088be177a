import { OptioError } from "@optio/contract";
import type { SessionWork } from "../session-work.ts";
import type { SessionResource } from "./resource.ts";

/** Names the process in every directory that the engine made: only such a directory is ever removed. */
export const MARKER_FILE = ".optio-process";

/** Row 2: an empty private directory, or the user's own, which is never wiped or removed. */
export const workspace: SessionResource = {
  name: "workspace",
  async acquire(work) {
    const { manifest, ctx } = work;
    const { files } = ctx.platform.host;
    if (work.resumed) return requireKept(work);
    await files.makeDirectory(manifest.dirs.taskDir);
    await files.writeFile(`${manifest.dirs.taskDir}/${MARKER_FILE}`, `${ctx.processId}\n`);
    if (manifest.ownsWorkspace) await files.makeDirectory(manifest.dirs.workspace);
    else await requireUsable(work, manifest.dirs.workspace);
  },
};

/** Resuming goes on in the directories of the earlier run: without them it fails, never silently fresh. */
async function requireKept({ manifest, ctx }: SessionWork): Promise<void> {
  for (const path of [manifest.dirs.workspace, manifest.dirs.home]) {
    if (!(await ctx.platform.host.files.isUsableDirectory(path))) {
      throw new OptioError(
        "directory-refused",
        `'${path}' of the run to resume is gone; launch without resume for a fresh start`,
      );
    }
  }
}

async function requireUsable({ ctx }: SessionWork, path: string): Promise<void> {
  const { files } = ctx.platform.host;
  if (!(await files.isUsableDirectory(path))) {
    throw new OptioError(
      "directory-refused",
      `'${path}' is not a directory that this account can read and enter; name an existing one`,
    );
  }
  const [real, ours] = await Promise.all([files.realPath(path), files.realPath(ctx.platform.tasksRoot)]);
  if (real && ours && (`${real}/`.startsWith(`${ours}/`) || `${ours}/`.startsWith(`${real}/`))) {
    throw new OptioError(
      "directory-refused",
      `'${path}' overlaps the directory of the server's own tasks ('${ours}'); name another one`,
    );
  }
}
