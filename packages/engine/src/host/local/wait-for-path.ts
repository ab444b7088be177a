import { lstat, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { withDeadline } from "../../kernel/abort.ts";
import { DirectoryWatch } from "./directory-watch.ts";
import { attemptIfThere } from "./host-failure.ts";

/** Changes arrive as events; this look at the path is for what no watch sees, such as a mount. */
const SAFETY_LOOK_MS = 1_000;

/** Resolves as soon as something is at the path; its parents need not exist yet. @throws `timeout`, or the abort reason. */
export async function waitForPath(
  path: string,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<void> {
  await withDeadline(
    { timeoutMs: options.timeoutMs, what: `waiting for ${path}`, signal: options.signal },
    async (signal) => {
      while (!(await exists(path))) {
        const parent = await nearestDirectory(dirname(path));
        const next = relative(parent, path).split(sep)[0] ?? "";
        using watch = new DirectoryWatch(parent, next);
        // made between the look above and the start of the watch
        if (await exists(join(parent, next))) {
          if (parent === dirname(path)) return;
          // the next part is there but was no directory a moment ago: look again instead of spinning on it
          if (await isDirectory(join(parent, next))) continue;
        }
        await watch.changed(SAFETY_LOOK_MS, signal);
      }
    },
  );
}

async function nearestDirectory(path: string): Promise<string> {
  let candidate = path;
  while (!(await isDirectory(candidate)) && candidate !== dirname(candidate)) candidate = dirname(candidate);
  return candidate;
}

async function exists(path: string): Promise<boolean> {
  return (await attemptIfThere(`look at ${path}`, () => lstat(path))) !== undefined;
}

async function isDirectory(path: string): Promise<boolean> {
  return (await attemptIfThere(`look at ${path}`, () => stat(path)))?.isDirectory() === true;
}
