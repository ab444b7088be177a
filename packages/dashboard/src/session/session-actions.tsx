import type { ProcessSummary } from "@optio/contract";
import { CANCELLABLE_STATES, END_STATES, stateIn } from "@optio/contract";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useState } from "react";
import { cancelProcess, closeSession, dismissProcess } from "../api/calls.ts";
import { queryKeys } from "../api/use-queries.ts";
import { IconButton } from "../ui/button.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";

interface SessionActionsProps {
  readonly process: ProcessSummary;
  readonly onError: (error: unknown) => void;
}

type Asked = "cancel" | "dismiss" | undefined;

/** The menu of what may be done with a session as a whole. */
export function SessionActions({ process, onError }: SessionActionsProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Asked>();
  const refresh = () => {
    void queries.invalidateQueries({ queryKey: queryKeys.session(process.id) });
    void queries.invalidateQueries({ queryKey: queryKeys.process(process.id) });
  };
  const act = useMutation({
    mutationFn: async (call: "close" | "cancel" | "dismiss") => {
      if (call === "close") await closeSession(process.id);
      else if (call === "cancel") await cancelProcess(process.id);
      else await dismissProcess(process.id);
      return call;
    },
    onSuccess: (call) => {
      onError(undefined);
      refresh();
      if (call === "dismiss") void navigate({ to: "/" });
    },
    onError,
  });
  const isActive = stateIn(process.state, CANCELLABLE_STATES);
  const isEnded = stateIn(process.state, END_STATES);
  if (!isActive && !isEnded) return null;
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <IconButton label="Session actions" disabled={act.isPending}>
            <Ellipsis size={18} />
          </IconButton>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            sideOffset={4}
            className="z-20 min-w-56 rounded border border-line bg-surface p-1 text-sm shadow-[0_4px_16px_var(--shadow)]"
          >
            {isActive && <Entry label="Close session" hint="Ends it as done" onSelect={() => act.mutate("close")} />}
            {isActive && <Entry label="Cancel session…" hint="Stops it now" onSelect={() => setAsked("cancel")} />}
            {isEnded && <Entry label="Dismiss session…" hint="Drops its files" onSelect={() => setAsked("dismiss")} />}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {asked === "cancel" && (
        <ConfirmDialog
          title="Cancel this session?"
          action="Cancel session"
          onConfirm={() => act.mutate("cancel")}
          onClose={() => setAsked(undefined)}
        >
          The running turn is interrupted and the agent stops. The transcript stays.
        </ConfirmDialog>
      )}
      {asked === "dismiss" && (
        <ConfirmDialog
          title="Dismiss this session?"
          action="Dismiss session"
          onConfirm={() => act.mutate("dismiss")}
          onClose={() => setAsked(undefined)}
        >
          Its results and the directories that were made for it are removed. A directory of your own stays as it is.
        </ConfirmDialog>
      )}
    </>
  );
}

function Entry({ label, hint, onSelect }: { label: string; hint: string; onSelect: () => void }) {
  return (
    <DropdownMenu.Item
      onSelect={onSelect}
      className="flex min-h-8 cursor-pointer items-center justify-between gap-4 rounded px-2 outline-none data-highlighted:bg-hover pointer-coarse:min-h-11"
    >
      {label} <span className="text-xs text-muted">{hint}</span>
    </DropdownMenu.Item>
  );
}
