import type { RunServices } from "./process/task.ts";
import { MARKER_FILE } from "./session/resources/workspace.ts";

/** Removes the directories that the engine made for a process: only those whose marker names it. */
export async function removeDirectories(
  { host, tasksRoot }: Pick<RunServices, "host" | "tasksRoot">,
  processId: string,
): Promise<void> {
  const { files } = host;
  const root = `${tasksRoot}/${processId}`;
  if (!(await files.stat(root))) return;
  for (const name of await files.list(root)) {
    const marker = await files.readText(`${root}/${name}/${MARKER_FILE}`);
    if (marker?.trim() === processId) await files.remove(`${root}/${name}`);
  }
  if ((await files.list(root)).length === 0) await files.remove(root);
}
