import type { ErrorEntry } from "@optio/contract";
import { ERRORS } from "@optio/contract";
import type { Generator } from "./generator.ts";
import { code, table, writePage } from "./markdown.ts";

const OUTPUT = "docs/reference/errors.md";

/** The reference page of error codes. */
export const errorsPage: Generator = {
  name: "errors",
  outputs: [OUTPUT],
  generate: async (outDir) => {
    const rows = ERRORS.map((entry: ErrorEntry) => [
      code(entry.code),
      String(entry.status),
      entry.retryable ? "yes" : "",
      entry.when,
      entry.next,
    ]);
    writePage(outDir, OUTPUT, "packages/contract/src/error-catalogue.ts", "Errors", [
      "Every error has a stable code. Over HTTP it is a problem document (RFC 9457, `application/problem+json`) with the fields `type`, `title`, `status`, `detail` (names the value and what would be right), `code` and `next`; in code it is an `OptioError` with `code`, `message`, `status`, `retryable` and `data`; the command line prints the message and the code.",
      "*Again* says that the same call may succeed later without a change.",
      table(["Code", "Status", "Again", "When", "What to do"], rows),
    ]);
  },
};
