import { setTimeout as delay } from "node:timers/promises";
import { createEngine, openSecretKey, silentLogger } from "@optio/engine";
import { buildServer, ensureAdminToken } from "@optio/server";
import { aProcess } from "../../packages/engine/src/testing/store/fixtures.ts";
import { claim } from "./fill-store.ts";

const SESSION = "crowd";
const TEXT = "x".repeat(115);

// an engine with its server in a process of its own: publishes when the parent says so
const home = process.argv[2] ?? "";
const engine = await createEngine({ agents: [], home });
const { store } = engine;
const token = "bench-token";
await ensureAdminToken({ store, preset: token });
const secretKey = await openSecretKey(`${home}/secret.key`);
const server = await buildServer({ engine, logger: silentLogger, secretKey, dashboardDir: home, allowedHosts: [] });
const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
// a session whose owner is this script: it can be watched like any other
await store.processes.insert(aProcess(SESSION));
const key = await claim(store, SESSION);
process.send?.({ url: `${url}/api/sessions/${SESSION}/events?after=0`, token });
process.on("message", (order: { count: number; perSecond: number }) => void publish(order));
process.on("disconnect", () => void server.close().then(() => process.exit(0)));

async function publish({ count, perSecond }: { count: number; perSecond: number }): Promise<void> {
  const from = performance.now();
  for (let sent = 0; sent < count; sent++) {
    const dueMs = (sent * 1_000) / perSecond - (performance.now() - from);
    if (dueMs > 0) await delay(dueMs);
    await store.asOwner(key, (tx) => tx.append({ type: "warning", code: "bench", message: TEXT }));
  }
  process.send?.({ ms: performance.now() - from });
}
