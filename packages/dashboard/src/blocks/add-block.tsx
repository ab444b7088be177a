import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { addBlock } from "../api/calls.ts";
import { describeError, hasCode } from "../api/describe-error.ts";
import { queryKeys } from "../api/use-queries.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { FilterField, INPUT } from "./filter-field.tsx";
import { readFilterText } from "./filter-text.ts";

const EMPTY = { text: "", reason: "", persistent: true };

/** The form that adds a launch block. */
export function AddBlock() {
  const [form, setForm] = useState(EMPTY);
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: addBlock,
    onSuccess: () => {
      setForm(EMPTY);
      return queries.invalidateQueries({ queryKey: queryKeys.blocks });
    },
  });
  const read = readFilterText(form.text);
  const isRefused = hasCode(add.error, "invalid-filter");
  const change = (part: Partial<typeof EMPTY>) => {
    add.reset();
    setForm({ ...form, ...part });
  };
  return (
    <form
      aria-label="Add a block"
      className="mt-4 rounded border border-line bg-surface p-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (read.type !== "filter") return;
        const reason = form.reason.trim();
        add.mutate({ filter: read.filter, persistent: form.persistent, ...(reason === "" ? {} : { reason }) });
      }}
    >
      <h3 className="font-semibold">Add a block</h3>
      <div className="mt-2 grid gap-4 md:grid-cols-2">
        <FilterField
          text={form.text}
          read={read}
          onChange={(text) => change({ text })}
          refusal={isRefused ? describeError(add.error).message : undefined}
        />
        <label className="text-sm font-medium">
          Reason
          <input
            value={form.reason}
            maxLength={500}
            onChange={(event) => change({ reason: event.target.value })}
            placeholder="The database is being moved"
            autoComplete="off"
            className={`${INPUT} text-base font-normal`}
          />
          <span className="mt-1 block text-xs font-normal text-muted">Shown to whoever is refused.</span>
        </label>
      </div>
      <div className="mt-3 flex flex-wrap items-center justify-between gap-3">
        <label className="flex min-h-8 items-center gap-2 text-sm pointer-coarse:min-h-11">
          <input
            type="checkbox"
            checked={form.persistent}
            onChange={(event) => change({ persistent: event.target.checked })}
          />
          Keep it over a restart of the server
        </label>
        <Button type="submit" look="primary" disabled={read.type !== "filter" || add.isPending}>
          {add.isPending ? "Adding…" : "Block launches"}
        </Button>
      </div>
      {add.isError && !isRefused && <ErrorNote error={add.error} className="mt-3" />}
    </form>
  );
}
