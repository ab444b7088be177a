import { useEffect, useRef } from "react";
import { isTyping } from "../ui/is-typing.ts";
import { listKey } from "./list-key.ts";

interface ListKeys {
  readonly onNew: () => void;
  readonly onSearch: () => void;
}

/** j and k move through the rows and cards of the page, n starts a session, / goes to the search. */
export function useListKeys(keys: ListKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event)) return;
      const rows = [...document.querySelectorAll<HTMLElement>("main [data-nav]")];
      const active = document.activeElement;
      const action = listKey(
        event.key,
        rows.findIndex((row) => row === active || row.contains(active)),
        rows.length,
      );
      if (action === undefined) return;
      event.preventDefault();
      if (action === "new") latest.current.onNew();
      else if (action === "search") latest.current.onSearch();
      else rows[action]?.focus();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}
