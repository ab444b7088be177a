import type { StillRunning } from "./plan-turn.ts";
import type { OfferedTool } from "./read-request.ts";
import type { CallStep, PatchFile } from "./script.ts";

/** A tool call as the Responses API writes it, without its ids. */
export type ToolCall = (
  | { type: "function_call"; name: string; arguments: string }
  | { type: "custom_tool_call"; name: string; input: string }
) & { namespace?: string };

// Longest wait codex grants a command or a poll before it reports "still running".
const LONGEST_YIELD_MS = 30_000;

/**
 * Writes a step as calls of the tools that the request offers: classic `exec_command` and `apply_patch`, or code mode, where the one
 * tool `functions.exec` runs JavaScript. Without an `apply_patch` tool a patch goes through the shell, where codex recognises it.
 */
export function toolCalls(step: CallStep | { parallel: CallStep[] }, tools: OfferedTool[]): ToolCall[] {
  const codeMode = codeModeTool(tools);
  const steps = "parallel" in step ? step.parallel : [step];
  if (!codeMode) return steps.map((one) => classicCall(one, tools));
  const calls = steps.map(codeModeExpression).join(",\n");
  // A refused call must not hide the results of those beside it.
  const input =
    steps.length === 1
      ? `text(await ${calls});`
      : `text(await Promise.all([\n${calls}\n].map((call) => call.catch(String))));`;
  return [customCall(codeMode, input)];
}

/** Asks for more output of a command that is still running. */
export function pollCall(running: StillRunning, tools: OfferedTool[]): ToolCall {
  if ("sessionId" in running)
    return functionCall("write_stdin", undefined, {
      session_id: running.sessionId,
      chars: "",
      yield_time_ms: LONGEST_YIELD_MS,
    });
  return functionCall("wait", codeModeTool(tools)?.namespace, {
    cell_id: running.cellId,
    yield_time_ms: LONGEST_YIELD_MS,
  });
}

/** The text of a patch in codex's own format. */
export function patchText(patch: string | PatchFile | PatchFile[]): string {
  if (typeof patch === "string") return patch;
  const files = Array.isArray(patch) ? patch : [patch];
  return ["*** Begin Patch", ...files.flatMap(patchFileLines), "*** End Patch", ""].join("\n");
}

function codeModeTool(tools: OfferedTool[]): OfferedTool | undefined {
  return tools.find((tool) => tool.kind === "custom" && tool.name === "exec");
}

function classicCall(step: CallStep, tools: OfferedTool[]): ToolCall {
  if ("run" in step) return functionCall("exec_command", undefined, commandArguments(step));
  if ("patch" in step) {
    const text = patchText(step.patch);
    const tool = tools.find((one) => one.kind === "custom" && one.name === "apply_patch");
    if (tool) return customCall(tool, text);
    return functionCall("exec_command", undefined, {
      cmd: `apply_patch <<'END_OF_PATCH'\n${text}END_OF_PATCH\n`,
    });
  }
  const tool = tools.find((one) => one.name === step.call && (!step.namespace || one.namespace === step.namespace));
  return functionCall(step.call, step.namespace ?? tool?.namespace, step.args ?? {});
}

/** JavaScript that gives a promise of the result. */
function codeModeExpression(step: CallStep): string {
  if ("patch" in step) return `tools.apply_patch(${JSON.stringify(patchText(step.patch))})`;
  if ("call" in step) return `tools[${JSON.stringify(step.call)}](${JSON.stringify(step.args ?? {})})`;
  return `(${RUN_TO_END})(${JSON.stringify(commandArguments(step))})`;
}

const RUN_TO_END = `async (command) => {
  let result = await tools.exec_command(command);
  while (result.session_id !== undefined && result.exit_code === undefined)
    result = await tools.write_stdin({ session_id: result.session_id, chars: "", yield_time_ms: ${LONGEST_YIELD_MS} });
  return result;
}`;

function commandArguments(step: Extract<CallStep, { run: string }>): Record<string, unknown> {
  return {
    cmd: step.run,
    yield_time_ms: Math.min(step.timeoutMs ?? LONGEST_YIELD_MS, LONGEST_YIELD_MS),
    ...(step.workdir === undefined ? {} : { workdir: step.workdir }),
    ...(step.escalate === undefined ? {} : { sandbox_permissions: "require_escalated", justification: step.escalate }),
  };
}

function functionCall(name: string, namespace: string | undefined, args: Record<string, unknown>): ToolCall {
  return {
    type: "function_call",
    name,
    ...(namespace === undefined ? {} : { namespace }),
    arguments: JSON.stringify(args),
  };
}

function customCall(tool: OfferedTool, input: string): ToolCall {
  return {
    type: "custom_tool_call",
    name: tool.name,
    ...(tool.namespace === undefined ? {} : { namespace: tool.namespace }),
    input,
  };
}

function patchFileLines(file: PatchFile): string[] {
  if ("remove" in file) return [`*** Delete File: ${file.path}`];
  if ("add" in file) return [`*** Add File: ${file.path}`, ...prefixed("+", file.add)];
  return [`*** Update File: ${file.path}`, "@@", ...prefixed("-", file.from), ...prefixed("+", file.to)];
}

function prefixed(sign: string, text: string): string[] {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => sign + line);
}
