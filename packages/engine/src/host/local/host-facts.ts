import { createHash } from "node:crypto";
import { hostname, userInfo } from "node:os";
import type { HostFacts } from "../host.ts";
import { attempt } from "./host-failure.ts";
import { localFiles } from "./local-files.ts";
import { readBootId } from "./process-table.ts";

/** The facts of this machine. Without a machine id file its id is a hash of its host name. */
export async function readHostFacts(machineIdPath: string): Promise<HostFacts> {
  const { uid, homedir } = userInfo();
  const machineId = (await localFiles.readText(machineIdPath).catch(() => undefined))?.trim();
  return {
    machineId: machineId || createHash("sha256").update(hostname()).digest("hex").slice(0, 32),
    bootId: await attempt("read the boot id", async () => readBootId()),
    platform: process.platform,
    arch: process.arch,
    uid,
    home: homedir,
  };
}
