import type { ProcessSummary, SessionView } from "@optio/contract";
import { unwrap } from "@optio/contract";
import type { Command } from "commander";
import { connect } from "../connection/connect.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import { describeDecision } from "../render/describe-event.ts";
import { formatAge, formatCount } from "../render/format.ts";
import { firstLine, styleFor } from "../render/style.ts";
import { renderFields } from "../render/table.ts";

/** `optio show`: one process or session. */
export function addShow(program: Command, context: CliContext): void {
  const command = program.command("show").argument("<id>", "session or task").description("show one session or task");
  command.action(async (id: string) => show(context, id, command.optsWithGlobals<GlobalOptions>()));
}

async function show(context: CliContext, id: string, options: GlobalOptions): Promise<void> {
  const { api } = await connect(context, options);
  const params = { path: { id } };
  const process = await unwrap(api.GET("/processes/{id}", { params }));
  const session = process.kind === "session" ? await unwrap(api.GET("/sessions/{id}", { params })) : undefined;
  if (options.json) return printJson(context, session ?? process);
  const fields = [...processFields(process, context.now()), ...(session ? sessionFields(session) : [])];
  printLine(context, renderFields(fields, styleFor(context, context.stdout)));
}

type Field = readonly [string, string | null | undefined];

function processFields(process: ProcessSummary, now: number): Field[] {
  const { error, progress } = process;
  return [
    ["id", process.id],
    ["name", process.name],
    ["about", process.description && firstLine(process.description)],
    ["state", `${process.state} (run ${process.run})`],
    ["error", error && `${error.message} (${error.code})`],
    [
      "progress",
      progress &&
        [progress.percent === null ? null : `${progress.percent} %`, progress.message].filter(Boolean).join(" "),
    ],
    ["created", `${process.createdAt} (${formatAge(process.createdAt, now)} ago)`],
    ["ended", process.endedAt],
  ];
}

function sessionFields(session: SessionView): Field[] {
  const { posture, usage, login } = session;
  return [
    ["phase", session.live ? session.phase : `${session.phase} (not connected)`],
    ["agent", session.scripted ? `${session.agent} (scripted model)` : session.agent],
    ["model", session.model],
    ["thread", session.thread?.id],
    ["workspace", session.workspace],
    [
      "sandbox",
      posture && `${posture.sandbox}, approvals ${posture.approvals}, network ${posture.networkAccess ? "on" : "off"}`,
    ],
    ["tokens", usage && formatCount(usage.total.totalTokens)],
    ["login", login.required ? `needed: ${login.kinds.join(", ")}` : null],
    ...session.queue.map((message): Field => ["queued", firstLine(message.text)]),
    ...session.decisions.map((decision): Field => ["decision", `${decision.id}  ${describeDecision(decision)}`]),
  ];
}
