import type { Page } from "@optio/engine";

/** A page of records as a list answers it. */
export function pageOf<T>(page: Page<T>): { items: T[]; next: string | null } {
  return { items: [...page.items], next: page.next };
}
