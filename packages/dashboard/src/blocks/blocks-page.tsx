import { useIsAdmin, useMayAct, useMe } from "../api/use-queries.ts";
import { usePageTitle } from "../ui/use-page-title.ts";
import { AddBlock } from "./add-block.tsx";
import { BlockList } from "./block-list.tsx";
import { GroupPanel } from "./group-panel.tsx";
import { ResyncPanel } from "./resync-panel.tsx";

/** What may not be launched now, and what is done to many processes at once. */
export function BlocksPage() {
  const isAdmin = useIsAdmin();
  const mayAct = useMayAct();
  const role = useMe().data?.role;
  usePageTitle("Blocks");
  return (
    <main className="mx-auto w-full max-w-5xl px-4 pb-16">
      <h1 className="mt-6 text-xl font-semibold">Blocks and groups</h1>
      {role !== undefined && !isAdmin && (
        <p className="mt-1 text-sm text-muted">
          {mayAct
            ? "An operator's token sees the blocks and cancels groups; blocks are an admin's."
            : "You are looking on: a viewer's token sees the blocks and changes nothing."}
        </p>
      )}
      <section aria-labelledby="blocks-title" className="mt-6">
        <h2 id="blocks-title" className="text-lg font-semibold">
          Launch blocks
        </h2>
        <p className="mt-1 max-w-[72ch] text-sm text-muted">
          What a block matches is not launched: not by a person, not by its schedule. What runs already goes on.
        </p>
        <BlockList isAdmin={isAdmin} />
        {isAdmin && <AddBlock />}
      </section>
      {mayAct && <GroupPanel isAdmin={isAdmin} />}
      {isAdmin && <ResyncPanel />}
    </main>
  );
}
