import { memo } from "react";
import { DecisionRow } from "./decision-row.tsx";
import { ItemRow } from "./item-row.tsx";
import { NoticeRow } from "./notice-row.tsx";
import type { Row } from "./to-rows.ts";
import { ToolCalls } from "./tool-calls.tsx";
import { TurnDivider } from "./turn-divider.tsx";

/** One row of the transcript, in the reading measure. */
export const TranscriptRow = memo(function TranscriptRow({ row }: { row: Row }) {
  return (
    <div className="measure py-1.5">
      {row.type === "tools" ? <ToolCalls rowKey={row.key} entries={row.entries} /> : <EntryRow row={row} />}
    </div>
  );
});

function EntryRow({ row: { entry } }: { row: Extract<Row, { type: "entry" }> }) {
  switch (entry.type) {
    case "item":
      return <ItemRow entry={entry} />;
    case "turn":
      return <TurnDivider entry={entry} />;
    case "decision":
      return <DecisionRow entry={entry} />;
    case "notice":
      return <NoticeRow entry={entry} />;
  }
}
