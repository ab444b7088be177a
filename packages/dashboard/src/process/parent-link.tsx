import { useProcess } from "../api/use-queries.ts";
import { ProcessLink } from "./process-link.tsx";

/** The way up: the parent's name. */
export function ParentLink({ id }: { id: string }) {
  const parent = useProcess(id).data;
  return (
    <ProcessLink
      process={parent ?? { id, kind: "task" }}
      className="max-w-56 min-w-0 shrink-0 truncate text-sm text-action hover:underline max-sm:max-w-full"
      title="The parent of this process"
    >
      {parent?.name ?? id} ›
    </ProcessLink>
  );
}
