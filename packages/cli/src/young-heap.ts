import { setFlagsFromString } from "node:v8";

/**
 * Keeps the young part of this process's heap from growing while modules load: what they leave behind would stay resident in an
 * idle server (measured: 140 MB without, 128 MB with). Call it before any other module is loaded.
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/** Lets it grow again, as V8 does by itself: under load that saves collections. */
export function letYoungHeapGrow(): void {
  setFlagsFromString("--semi-space-growth-factor=2");
}
