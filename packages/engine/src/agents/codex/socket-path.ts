import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { OptioError } from "@optio/contract";
import type { Host } from "../../host/host.ts";

/** Where codex's socket is asked for and where it really is. */
export interface SocketPlace {
  /** What `--listen unix://` is given: becomes a link. */
  readonly link: string;
  /** The socket itself. */
  readonly socket: string;
  readonly lock: string;
}

/** Longest link measured to work is 164 bytes. */
const MAX_LINK_BYTES = 150;

/**
 * The socket of the run whose control directory this is; a pure function of it. Codex puts the real socket at
 * `/tmp/codex-daemon-<uid>/<sha256 of the link's path>`, wherever the temp directory is.
 */
export function socketPlace(controlDir: string, uid: number): SocketPlace {
  const own = join(controlDir, "s");
  const link = Buffer.byteLength(own) <= MAX_LINK_BYTES ? own : join(runtimeDir(controlDir, uid), "s");
  const socket = join(`/tmp/codex-daemon-${uid}`, sha256(link));
  return { link, socket, lock: `${socket}.lock` };
}

/**
 * Makes the directory of the link where it is not the control directory.
 * @throws `socket-refused` when somebody else's directory is in its place.
 */
export async function makeLinkDirectory(host: Host, place: SocketPlace, controlDir: string): Promise<void> {
  const directory = dirname(place.link);
  if (directory === controlDir) return;
  await host.files.makeDirectory(directory, { mode: 0o700 });
  const { uid } = await host.facts();
  for (const path of [dirname(directory), directory]) {
    const stat = await host.files.stat(path);
    if (stat?.kind !== "directory" || stat.uid !== uid || (stat.mode & 0o077) !== 0) {
      throw new OptioError("socket-refused", `${path} is not a directory of this account alone (mode 0700)`);
    }
  }
}

/** Removes what an earlier server of the run left. Contract: that server is gone. */
export async function clearSocket(host: Host, place: SocketPlace): Promise<void> {
  await Promise.all([place.link, place.socket, place.lock].map((path) => host.files.remove(path)));
}

function runtimeDir(controlDir: string, uid: number): string {
  return join(`/tmp/optio-${uid}`, sha256(controlDir).slice(0, 32));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
