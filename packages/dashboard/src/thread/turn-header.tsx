import { firstLine } from "../ui/format.ts";
import type { Row } from "./to-rows.ts";
import { personText } from "./turn-starts.ts";

/** The message that began the turn at the top of the view, while it is scrolled out; a press goes to it. */
export function TurnHeader({ row, onClick }: { row: Row; onClick: () => void }) {
  return (
    <div className="absolute inset-x-0 top-0 border-b border-line bg-page">
      <div className="measure">
        <button
          type="button"
          aria-label="To the start of this turn"
          className="block min-h-8 w-full truncate text-left text-sm text-muted hover:text-text"
          onClick={onClick}
        >
          {firstLine(personText(row) ?? "")}
        </button>
      </div>
    </div>
  );
}
