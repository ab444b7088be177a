export * from "./describe-host.ts";
export * from "./describe-store.ts";
