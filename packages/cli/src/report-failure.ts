import type { OptioError, Problem } from "@optio/contract";
import { errorEntry, toOptioError } from "@optio/contract";
import type { CliContext } from "./context.ts";
import { styleFor } from "./render/style.ts";

/** Tells a failure on standard error: what happened and what to do, or a problem document. Returns the exit code: 2 for `usage`, else 1. */
export function reportFailure(context: CliContext, failure: unknown, options: { json: boolean }): 1 | 2 {
  const error = toOptioError(failure);
  if (options.json) context.stderr.write(`${JSON.stringify(problemOf(error))}\n`);
  else context.stderr.write(humanReport(context, error));
  return error.code === "usage" ? 2 : 1;
}

/** The failure as the problem document that the server would send for it. */
export function problemOf(error: OptioError): Problem {
  const { code, when } = errorEntry(error.code);
  return {
    type: `/docs/errors#${code}`,
    title: when,
    status: error.status,
    detail: error.message,
    code,
    next: nextStep(error),
  };
}

function humanReport(context: CliContext, error: OptioError): string {
  const style = styleFor(context, context.stderr);
  return `${style.red("error:")} ${error.message} ${style.dim(`(${error.code})`)}\n${style.dim("next:")} ${nextStep(error)}\n`;
}

function nextStep(error: OptioError): string {
  const given = error.data?.next;
  return typeof given === "string" ? given : errorEntry(error.code).next;
}
