import type { Decision, EventOf, EventType, OptioEvent } from "@optio/contract";
import { unwrapShell } from "./describe-item.ts";
import { formatCount, formatDuration } from "./format.ts";
import type { Style } from "./style.ts";
import { firstLine, printable } from "./style.ts";

/** The lines of a durable event that is no item; none for what only programs care about. */
export function describeEvent(event: OptioEvent, style: Style, turnMs: number | undefined): string[] {
  if (event.type === "turn.completed") return describeTurn(event, style, turnMs);
  // each entry takes the event of its own key; the union cannot say so
  const describe = DESCRIBE[event.type] as ((event: OptioEvent, style: Style) => string[]) | undefined;
  return describe?.(event, style) ?? [];
}

/** What is asked, in one line. */
export function describeDecision({ kind, request }: Decision): string {
  const reason = request.reason ? ` — ${firstLine(request.reason)}` : "";
  if (request.command !== undefined) return `run: ${firstLine(unwrapShell(request.command), 160)}${reason}`;
  if (kind === "fileChange") {
    const paths = (request.changes ?? []).map((change) => printable(change.path));
    return `change ${paths.join(", ") || printable(request.grantRoot ?? "files")}${reason}`;
  }
  return `${kind}${reason}`;
}

type Describe = { readonly [T in EventType]?: (event: EventOf<T>, style: Style) => string[] };

const DESCRIBE: Describe = {
  "process.state_changed": ({ to, reason }, style) =>
    to === "failed" ? [style.red(`run failed${reason === undefined ? "" : `: ${firstLine(reason, 400)}`}`)] : [],
  "process.logged": ({ level, message }, style) => {
    if (level === "error") return [style.red(`error: ${firstLine(message, 400)}`)];
    return level === "warning" ? [style.yellow(`warning: ${firstLine(message, 400)}`)] : [];
  },
  "session.adopted": (_event, style) => [style.dim("the restarted server took the session over")],
  "session.resumed": ({ lost }, style) => [
    style.dim(`the agent was started again on its thread${lost === undefined ? "" : `; lost: ${firstLine(lost)}`}`),
  ],
  "session.ended": ({ outcome }, style) => [style.dim(`session ended: ${outcome}`)],
  "login.required": ({ kinds }, style) => [
    style.yellow(`the agent has no login (${kinds.join(", ")}); messages wait until it has one`),
  ],
  "login.completed": ({ kind, account }, style) => [
    style.dim(`logged in (${kind}${account === undefined ? "" : `, ${printable(account)}`})`),
  ],
  "plan.updated": ({ plan }, style) => {
    const done = plan.filter((step) => step.status === "completed").length;
    const current = plan.find((step) => step.status !== "completed")?.step ?? "all done";
    return [style.dim(`plan ${done}/${plan.length}: ${firstLine(current)}`)];
  },
  "decision.requested": ({ decision }, style) => [
    `${style.yellow("?")} ${style.bold(describeDecision(decision))}`,
    style.dim(`  optio decide ${decision.id} ${decision.options.join("|")}`),
  ],
  "decision.resolved": ({ decision }, style) => [
    style.dim(`  ${decision.resolution?.decision ?? decision.state}${by(decision.resolvedBy)}`),
  ],
  "attention.requested": ({ reason }, style) => [style.yellow(`the agent wants you to look: ${firstLine(reason)}`)],
  warning: ({ message }, style) => [style.yellow(`warning: ${firstLine(message, 400)}`)],
};

function describeTurn(event: EventOf<"turn.completed">, style: Style, turnMs: number | undefined): string[] {
  const tokens = event.usage?.last?.totalTokens ?? event.usage?.total.totalTokens;
  const facts = [
    turnMs === undefined ? undefined : formatDuration(turnMs),
    tokens === undefined ? undefined : `${formatCount(tokens)} tokens`,
  ].filter((fact) => fact !== undefined);
  const suffix = facts.length > 0 ? ` · ${facts.join(" · ")}` : "";
  if (event.status === "completed") return [style.dim(`— turn completed${suffix}`)];
  const why = event.error ? `: ${firstLine(event.error.message, 400)}` : "";
  const line = `— turn ${event.status}${why}`;
  return [`${event.status === "failed" ? style.red(line) : style.yellow(line)}${style.dim(suffix)}`];
}

function by(name: string | undefined): string {
  return name === undefined ? "" : ` by ${printable(name)}`;
}
