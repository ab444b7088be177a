import type { Command } from "commander";
import { resolveHome, resolvePort } from "../config.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import type { Check } from "../doctor/checks.ts";
import { isHealthy, runChecks } from "../doctor/checks.ts";
import { createProbes } from "../doctor/probes.ts";
import type { Style } from "../render/style.ts";
import { printable, styleFor } from "../render/style.ts";

/** `optio doctor`: what this machine has and lacks; needs no server. */
export function addDoctor(program: Command, context: CliContext): void {
  const command = program
    .command("doctor")
    .description("check this machine; fails when something required is missing")
    .action(async () => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const home = resolveHome(context.env, options, context.cwd);
      const probes = createProbes(context, { home, port: resolvePort(context.env), probeAgent });
      const checks = await runChecks(probes, home);
      const isOk = isHealthy(checks);
      if (options.json) printJson(context, { ok: isOk, checks });
      else printLine(context, renderChecks(checks, styleFor(context, context.stdout)));
      if (!isOk) context.exit.code = 1;
    });
}

/** One line a check, and a last line that sums them up. */
export function renderChecks(checks: readonly Check[], style: Style): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  const lines = checks.map((check) => {
    const name = check.name.padEnd(width);
    const detail = printable(check.detail);
    if (check.status === "ok") return `${style.green("✓")} ${name}  ${detail}`;
    const mark = check.required ? style.red("✗") : style.yellow("-");
    return `${mark} ${name}  ${detail}${style.dim(`; for ${check.purpose}`)}`;
  });
  const broken = checks.filter((check) => check.required && check.status !== "ok").map((check) => check.name);
  const verdict = broken.length === 0 ? style.green("ready") : style.red(`not ready: ${broken.join(", ")}`);
  return [...lines, verdict].join("\n");
}

/** Loaded here, so that commands that talk to a server start without the engine. */
async function probeAgent() {
  const { codex } = await import("@optio/engine/codex");
  return codex.probe();
}
