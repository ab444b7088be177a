import type { RunServices } from "./process/task.ts";
import { MARKER_FILE } from "./session/resources/workspace.ts";

/** The directories that the engine made for a process: only those whose marker names it. */
export async function findDirectories(
  { host, tasksRoot }: Pick<RunServices, "host" | "tasksRoot">,
  processId: string,
): Promise<readonly string[]> {
  const { files } = host;
  const root = `${tasksRoot}/${processId}`;
  if (!(await files.stat(root))) return [];
  const found: string[] = [];
  for (const name of await files.list(root)) {
    const marker = await files.readText(`${root}/${name}/${MARKER_FILE}`);
    if (marker?.trim() === processId) found.push(`${root}/${name}`);
  }
  return found;
}

/** Removes directories of a process, all that the engine made for it unless some are named, and the place they were in when it is empty then. */
export async function removeDirectories(
  services: Pick<RunServices, "host" | "tasksRoot">,
  processId: string,
  directories?: readonly string[],
): Promise<void> {
  const { files } = services.host;
  for (const path of directories ?? (await findDirectories(services, processId))) await files.remove(path);
  const root = `${services.tasksRoot}/${processId}`;
  if ((await files.stat(root)) && (await files.list(root)).length === 0) await files.remove(root);
}
