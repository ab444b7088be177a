import { useNavigate } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { useMayAct, usePendingDecisions } from "../api/use-queries.ts";
import { useFeed } from "../feed/feed-context.tsx";
import type { Family } from "../sessions/fold-families.ts";
import { foldFamilies, searchFamilies } from "../sessions/fold-families.ts";
import { groupProcesses } from "../sessions/group-processes.ts";
import { ProcessRow } from "../sessions/process-row.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { useNow } from "../ui/use-now.ts";
import { usePageTitle } from "../ui/use-page-title.ts";
import { DemoNote, FirstRun } from "./first-run.tsx";
import { InboxDecisions } from "./inbox-decisions.tsx";
import { ListSearch } from "./list-search.tsx";
import { TopBar } from "./top-bar.tsx";
import { useListKeys } from "./use-list-keys.ts";

const MAX_ROWS = 50;

interface HomePageProps {
  /** What the list is narrowed to at first. */
  readonly initialText: string;
  readonly onSearch: (text: string) => void;
}

/** The home page: what needs a person first, then what runs, then the rest. */
export function HomePage({ initialText, onSearch }: HomePageProps) {
  const feed = useFeed();
  const decisions = usePendingDecisions().data ?? [];
  const navigate = useNavigate();
  const mayAct = useMayAct();
  const [text, setText] = useState(initialText);
  const [showsSpecial, setShowsSpecial] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const families = useMemo(() => foldFamilies(feed.processes), [feed.processes]);
  const specials = families.filter(({ head }) => head.special).length;
  const wanted = useDeferredValue(text);
  const found = useMemo(
    () => searchFamilies(showsSpecial ? families : families.filter(({ head }) => !head.special), wanted),
    [families, showsSpecial, wanted],
  );
  const groups = useMemo(() => groupProcesses(found), [found]);
  const waiting = groups.needsYou.length;
  const now = useNow();
  useListKeys({
    onNew: () => mayAct && void navigate({ to: "/sessions/new" }),
    onSearch: () => search.current?.focus(),
  });
  usePageTitle(waiting > 0 ? `(${waiting}) Needs you` : "Sessions");
  return (
    <>
      <TopBar />
      <main className="mx-auto w-full max-w-5xl px-4 pb-16">
        <h1 className="sr-only">Sessions and tasks</h1>
        {feed.offlineSince !== undefined && <Offline since={feed.offlineSince} />}
        {feed.offlineSince === undefined && feed.error !== undefined && (
          <ErrorNote error={feed.error} className="mt-4" />
        )}
        {!feed.isLoaded && feed.offlineSince === undefined && feed.error === undefined && <LoadingRows />}
        {feed.isLoaded && feed.processes.size === 0 && <FirstRun />}
        {(feed.processes.size > 1 || text !== "") && (
          <ListSearch
            field={search}
            text={text}
            onText={(next) => {
              setText(next);
              onSearch(next);
            }}
            specials={specials}
            showsSpecial={showsSpecial}
            onSpecial={setShowsSpecial}
          />
        )}
        <DemoNote processes={feed.processes} />
        {feed.processes.size > 0 && found.length === 0 && <NothingFound text={wanted} />}
        <Groups groups={groups} decisions={wanted === "" ? decisions : []} processes={feed.processes} now={now} />
      </main>
    </>
  );
}

interface GroupsProps {
  readonly groups: ReturnType<typeof groupProcesses>;
  readonly decisions: NonNullable<ReturnType<typeof usePendingDecisions>["data"]>;
  readonly processes: ReturnType<typeof useFeed>["processes"];
  readonly now: number;
}

function Groups({ groups, decisions, processes, now }: GroupsProps) {
  const waiting = groups.needsYou.length;
  return (
    <>
      {(waiting > 0 || decisions.length > 0) && (
        <Group title="Needs you" count={waiting} isAttention>
          <InboxDecisions decisions={decisions} processes={processes} />
          <Rows families={groups.needsYou} now={now} />
        </Group>
      )}
      {groups.running.length > 0 && (
        <Group title="Running" count={groups.running.length}>
          <Rows families={groups.running} now={now} />
        </Group>
      )}
      {groups.ready.length > 0 && (
        <Group title="Ready to launch" count={groups.ready.length}>
          <Rows families={groups.ready} now={now} />
        </Group>
      )}
      {groups.done.length > 0 && (
        <Group title="Done" count={groups.done.length}>
          <Rows families={groups.done} now={now} />
        </Group>
      )}
    </>
  );
}

function NothingFound({ text }: { text: string }) {
  return (
    <p role="status" className="mt-8 text-center text-muted">
      {text.trim() === ""
        ? "Everything here is hidden: show the special ones above."
        : `Nothing matches “${text.trim()}”.`}
    </p>
  );
}

interface GroupProps {
  readonly title: string;
  readonly count: number;
  readonly isAttention?: boolean;
  readonly children: React.ReactNode;
}

function Group({ title, count, isAttention = false, children }: GroupProps) {
  return (
    <section aria-label={title} className="mt-6">
      <h2 className={`mb-2 text-sm font-semibold ${isAttention ? "text-attention" : "text-muted"}`}>
        {title} <span className="font-normal">{count}</span>
      </h2>
      {children}
    </section>
  );
}

function Rows({ families, now }: { families: readonly Family[]; now: number }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? families : families.slice(0, MAX_ROWS);
  if (families.length === 0) return null;
  return (
    <ul className="overflow-hidden rounded border border-line bg-surface">
      {shown.map((family) => (
        <li key={family.head.id} className="border-line [&+li]:border-t">
          <ProcessRow family={family} now={now} />
        </li>
      ))}
      {shown.length < families.length && (
        <li className="border-t border-line">
          <button
            type="button"
            className="min-h-11 w-full text-sm text-action hover:bg-hover"
            onClick={() => setWhole(true)}
          >
            Show {families.length - shown.length} more
          </button>
        </li>
      )}
    </ul>
  );
}

function Offline({ since }: { since: number }) {
  return (
    <p role="status" className="mt-4 rounded bg-bad-soft px-3 py-2 text-sm text-bad">
      Offline since {new Date(since).toLocaleTimeString()}. The list shows what was known then; it comes back by itself.
    </p>
  );
}

function LoadingRows() {
  return (
    <div className="mt-6" aria-busy="true">
      <p className="sr-only">Loading the sessions</p>
      <div aria-hidden="true" className="breathe flex flex-col gap-px overflow-hidden rounded border border-line">
        {["a", "b", "c"].map((key) => (
          <div key={key} className="h-11 bg-hover" />
        ))}
      </div>
    </div>
  );
}
