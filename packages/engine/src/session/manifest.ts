import { z } from "zod";
import type { DetachedProcess } from "../host/host.ts";
import type { Store } from "../store/store.ts";

const identitySchema = z.object({ pid: z.number(), startTime: z.string(), bootId: z.string() });

const manifestSchema = z.object({
  version: z.literal(1),
  dirs: z.object({ taskDir: z.string(), workspace: z.string(), home: z.string() }),
  /** False: the workspace is the user's own directory. */
  ownsWorkspace: z.boolean(),
  /** Counts the lives of the agent's program in this run, from 1. */
  life: z.number().int(),
  /** Null between the decision to start a program and the news that it started. */
  program: z.object({ program: identitySchema, group: identitySchema }).nullable(),
  threadId: z.string().nullable(),
  /** Resolved once per run: a later owner does not look at the granted directories again. */
  posture: z
    .object({
      sandbox: z.string(),
      approvals: z.string(),
      networkAccess: z.boolean(),
      containment: z.string(),
      writableRoots: z.array(z.string()).readonly(),
    })
    .optional(),
  restarts: z.number().int(),
  /** The life in which an owner last held the thread; absent until one did in this run. */
  attachedLife: z.number().int().optional(),
});

/** What a later owner needs to find a session again: directories, program, thread. Stored before what it names is made. */
export type SessionManifest = Omit<z.infer<typeof manifestSchema>, "program"> & {
  readonly program: DetachedProcess | null;
};

/** The manifest of a run; undefined when the run never got that far. @throws when the stored form is not ours. */
export async function readManifest(store: Store, processId: string, run: number): Promise<SessionManifest | undefined> {
  const found = await store.manifests.find(processId, run);
  return found && found.run === run ? manifestSchema.parse(found.manifest) : undefined;
}
