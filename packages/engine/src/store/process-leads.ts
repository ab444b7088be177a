import type { FilterValue, SimpleFilter } from "@optio/contract";
import { PROCESS_STATES } from "@optio/contract";
import type { RawBuilder } from "kysely";
import { sql } from "kysely";
import type { Queries } from "./database.ts";
import { tagHead, tagText } from "./process-tags.ts";

/**
 * What every process of a list has and an index leads to in the order of the list: one of some states, or a tag. The other
 * conditions are asked of each process to which it leads.
 */
export type Lead =
  | { readonly kind: "states"; readonly states: readonly FilterValue[] }
  | { readonly kind: "tag"; readonly key: string; readonly text: string };

/** A lead that counts more than this is as good as any. */
const MANY = 300;

/** The part of a filter that leads to the fewest processes, and the other parts that must hold with it. */
export async function findLead(
  queries: Queries,
  filter: SimpleFilter,
): Promise<{ readonly lead: Lead | undefined; readonly rest: readonly SimpleFilter[] }> {
  const parts = filter.type === "all" ? filter.nodes : [filter];
  const leads = parts.flatMap((part, index) => {
    const lead = toLead(part);
    return lead ? [{ lead, index }] : [];
  });
  // states first: of two that lead to many, a tag is the cheaper one to ask each process for
  leads.sort((a, b) => Number(a.lead.kind === "tag") - Number(b.lead.kind === "tag"));
  const counts =
    leads.length > 1
      ? await countLeads(
          queries,
          leads.map(({ lead }) => lead),
        )
      : [];
  const best = leads[counts.indexOf(Math.min(...counts))] ?? leads[0];
  return { lead: best?.lead, rest: best ? parts.toSpliced(best.index, 1) : parts };
}

function toLead(part: SimpleFilter): Lead | undefined {
  if (part.type !== "in") return undefined;
  const { field, values } = part;
  const [value] = values;
  if (field.kind === "tag")
    return values.length === 1 && value !== undefined
      ? { kind: "tag", key: field.key, text: tagText(value) }
      : undefined;
  return field.name === "state" && values.length <= PROCESS_STATES.length
    ? { kind: "states", states: values }
    : undefined;
}

async function countLeads(queries: Queries, leads: readonly Lead[]): Promise<number[]> {
  const counts = leads.map(
    (lead, place) =>
      sql`select ${sql.lit(place)} as place, count(*) as count from (${rowsOf(lead)} limit ${sql.lit(MANY)}) as counted`,
  );
  const { rows } = await sql<{
    place: number;
    count: number;
  }>`${sql.join(counts, sql` union all `)} order by place`.execute(queries);
  return rows.map(({ count }) => count);
}

function rowsOf(lead: Lead): RawBuilder<unknown> {
  if (lead.kind === "states") return sql`select 1 from processes where state in (${sql.join(lead.states)})`;
  return sql`select 1 from process_tags where key = ${lead.key} and head = ${tagHead(lead.text)}`;
}
