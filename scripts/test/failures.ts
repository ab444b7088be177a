import { relative } from "node:path";
import { z } from "zod";

const MAX_MESSAGE_LINES = 12;
const MAX_LINE_CHARS = 300;

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

/**
 * What failed in a report of Vitest's JSON reporter, each as "file › test" with the first lines of why; a file that could not be
 * loaded is one failure. Nothing for a report that is not one. Paths are relative to `root`.
 */
export function listFailures(report: unknown, root: string): readonly string[] {
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) return [];
  return parsed.data.testResults.flatMap(({ name, status, message = "", assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((result) => result.status !== "passed");
    if (failed.length === 0 && status === "failed") return [describe(file, message)];
    return failed.map((result) =>
      describe(`${file} › ${result.fullName}`, result.failureMessages?.join("\n") || result.status),
    );
  });
}

function describe(what: string, why: string): string {
  const lines = why.split("\n").slice(0, MAX_MESSAGE_LINES);
  return [what, ...lines.map((line) => `    ${line.slice(0, MAX_LINE_CHARS)}`)].join("\n");
}
