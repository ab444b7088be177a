import { useEffect } from "react";

/** Names the tab while the caller is mounted. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Optio`;
  }, [title]);
}
