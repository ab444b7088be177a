import type { Role } from "@optio/contract";
import { ROLES, unwrap } from "@optio/contract";
import type { Command } from "commander";
import { Option } from "commander";
import { connect } from "../connection/connect.ts";
import { onceHeader } from "../connection/idempotency.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import { formatAge } from "../render/format.ts";
import { styleFor } from "../render/style.ts";
import { renderTable } from "../render/table.ts";

/** `optio token`: tokens for people and programs (role admin). */
export function addToken(program: Command, context: CliContext): void {
  const token = program.command("token").description("tokens for people and programs");
  const ls = token.command("ls").description("list tokens");
  ls.action(async () => listTokens(context, ls.optsWithGlobals<GlobalOptions>()));
  const create = token
    .command("create")
    .argument("<name>", "whose it is")
    .description("create a token; it is shown once")
    .addOption(new Option("--role <role>", "what it may do").choices(ROLES).default("operator"));
  create.action(async (name: string) => {
    const options = create.optsWithGlobals<GlobalOptions & { role: Role }>();
    const { api } = await connect(context, options);
    const body = { name, role: options.role };
    const created = await unwrap(api.POST("/tokens", { params: { header: onceHeader() }, body }));
    if (options.json) printJson(context, created);
    else printLine(context, created.token);
  });
  const remove = token.command("rm").argument("<id>", "id of the token").description("revoke a token");
  remove.action(async (id: string) => {
    const options = remove.optsWithGlobals<GlobalOptions>();
    const { api } = await connect(context, options);
    await unwrap(api.DELETE("/tokens/{id}", { params: { path: { id } } }));
    if (options.json) printJson(context, { id, removed: true });
    else printLine(context, `revoked ${id}`);
  });
}

async function listTokens(context: CliContext, options: GlobalOptions): Promise<void> {
  const { api } = await connect(context, options);
  const page = await unwrap(api.GET("/tokens", {}));
  if (options.json) return printJson(context, page);
  const rows = page.items.map((item) => [
    item.id,
    item.name,
    item.role,
    formatAge(item.createdAt, context.now()),
    item.lastUsedAt === null ? "never" : formatAge(item.lastUsedAt, context.now()),
  ]);
  printLine(context, renderTable(["ID", "NAME", "ROLE", "AGE", "USED"], rows, styleFor(context, context.stdout)));
}
