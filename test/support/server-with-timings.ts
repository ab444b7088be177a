// A server as `optio up` makes it, with other times: node server-with-timings.ts PORT
import process from "node:process";
import { createEngine, openSecretKey, silentLogger } from "@optio/engine";
import { codex } from "@optio/engine/codex";
import { buildServer, ensureAdminToken } from "@optio/server";

const { OPTIO_HOME: home = "", OPTIO_TOKEN: preset = "", TEST_SESSION_TIMINGS: timings = "{}" } = process.env;
const engine = await createEngine({ agents: [codex], home, sessionTimings: JSON.parse(timings) });
await ensureAdminToken({ store: engine.store, preset });
const server = await buildServer({
  engine,
  logger: silentLogger,
  secretKey: await openSecretKey(`${home}/secret.key`),
});
const { port } = await server.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
process.once("SIGTERM", () => {
  void server
    .close()
    .then(() => engine.close({ detach: true }))
    .then(() => process.exit(0));
});
