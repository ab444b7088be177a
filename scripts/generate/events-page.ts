import { EVENT_VARIANTS, feedFrameSchema, frameSchema } from "@optio/contract";
import type { z } from "zod";
import type { Generator } from "./generator.ts";
import { code, table, writePage } from "./markdown.ts";
import { expandedText, fieldsText, shapeRows } from "./shape.ts";

const OUTPUT = "docs/reference/events.md";
const SHAPES_HERE = ["item", "decision", "message", "usage", "limits", "process", "state"];

/** The reference page of durable events, live frames and the feed. */
export const eventsPage: Generator = {
  name: "events",
  outputs: [OUTPUT],
  generate: async (outDir) => {
    writePage(outDir, OUTPUT, "packages/contract/src/events.ts", "Events", [
      "## Durable events",
      "Stored before they are sent, each in an envelope `{ seq, at, run, event }`: `seq` counts 1, 2, 3 … per process without gaps, `at` is UTC with milliseconds, `run` is the launch it belongs to. On `GET /api/sessions/:id/events` each is an SSE message `event: durable` with `id:` = `seq` and the envelope as data; `?after=N` or `Last-Event-ID` continues behind N.",
      table(
        ["`event.type`", "Written when", "Fields besides `type`"],
        EVENT_VARIANTS.map((variant) => [
          code(variant.shape.type.value),
          variant.description ?? "",
          codeOrDash(fieldsText(variant)),
        ]),
      ),
      "## Live frames",
      "Never stored, no `seq`: an SSE message `event: live` without id. At attach a viewer gets the durable events behind its position, then a snapshot of every open item, then what comes.",
      frameTable("frame", frameSchema.options),
      "## Feed",
      "`GET /api/feed` sends an SSE message `event: feed` for every change over all processes; `id:` is a counter that `Last-Event-ID` resumes from.",
      frameTable("type", feedFrameSchema.options),
      "## Shapes",
      "`…` stands for more fields: the agent's own, or ones that later versions add.",
      table(["Name", "Shape"], shapeRows(SHAPES_HERE)),
    ]);
  },
};

function frameTable(key: "frame" | "type", frames: readonly z.ZodType[]): string {
  return table(
    [code(key), "Sent when", `Fields besides \`${key}\``],
    frames.map((frame) => [code(nameOf(frame, key)), frame.description ?? "", codeOrDash(fieldsText(frame))]),
  );
}

function nameOf(frame: z.ZodType, key: string): string {
  return new RegExp(`^\\{ ${key}: "([^"]*)"`).exec(expandedText(frame, "output"))?.[1] ?? "";
}

function codeOrDash(text: string): string {
  return text === "–" ? text : code(text);
}
