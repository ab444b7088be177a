import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { outcomeOf } from "../up/up.test-support.ts";

const LOADER = fileURLToPath(new URL("load-config.ts", import.meta.url));
const answerSchema = z.object({
  result: z.unknown().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** What loading came to, as JSON: functions are left out. */
export type Loaded = z.infer<typeof answerSchema>;

/** A project directory of files, outside of this checkout: nothing of it can be resolved from there. */
export class TestProject implements AsyncDisposable {
  readonly path: string;

  static async create(files: Readonly<Record<string, string>>): Promise<TestProject> {
    const project = new TestProject(await mkdtemp("/var/tmp/optio-config-"));
    for (const [name, text] of Object.entries(files)) await project.write(name, text);
    return project;
  }

  private constructor(path: string) {
    this.path = path;
  }

  async write(name: string, text: string): Promise<void> {
    const path = join(this.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  /**
   * Loads files of it in a program of its own: a test runner has a module loader of another kind. `then` is code that sees `file` and
   * makes the result.
   */
  async load(names: readonly string[], then = "return file.config"): Promise<readonly Loaded[]> {
    const script = `
      import { writeFile } from "node:fs/promises";
      import { loadConfig } from ${JSON.stringify(LOADER)};
      const answers = [];
      for (const path of ${JSON.stringify(names.map((name) => join(this.path, name)))}) {
        try {
          const file = await loadConfig(path);
          answers.push({ result: await (async () => { ${then} })() });
        } catch ({ code, message }) {
          answers.push({ error: { code, message } });
        }
      }
      console.log(JSON.stringify(answers));`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { cwd: this.path, stdio: "pipe" });
    const { stdout, stderr } = await outcomeOf(child);
    if (stdout === "") throw new Error(stderr);
    return z.array(answerSchema).parse(JSON.parse(stdout));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}
