import { describe, expect, it } from "vitest";
import { countDiff } from "./count-diff.ts";

describe("countDiff", () => {
  it("counts files and lines, and no line of a file's head", () => {
    const diff = [
      "diff --git a/one b/one",
      "index 1..2 100644",
      "--- a/one",
      "+++ b/one",
      "@@ -1,2 +1,2 @@",
      " same",
      "--- a removed line that looks like a head",
      "+++ an added one",
      "diff --git a/two b/two",
      "new file mode 100644",
      "--- /dev/null",
      "+++ b/two",
      "@@ -0,0 +1 @@",
      "+only",
      "\\ No newline at end of file",
    ].join("\n");
    expect(countDiff(diff)).toEqual({ files: 2, added: 2, removed: 1 });
  });

  it("finds nothing in nothing", () => {
    expect(countDiff("")).toEqual({ files: 0, added: 0, removed: 0 });
  });
});
