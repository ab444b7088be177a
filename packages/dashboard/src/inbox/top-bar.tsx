import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { CircleHelp, LogOut, Plus } from "lucide-react";
import { logout } from "../api/calls.ts";
import { useMayAct, useMe } from "../api/use-queries.ts";
import { IconButton } from "../ui/button.tsx";
import { useHelp } from "../ui/help-context.ts";
import { ThemeToggle } from "../ui/theme-toggle.tsx";

/** The bar of the pages that are no session. */
export function TopBar() {
  const me = useMe().data;
  const mayAct = useMayAct();
  const help = useHelp();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const leave = async () => {
    await logout().catch(() => undefined);
    queries.clear();
    await navigate({ to: "/login" });
  };
  return (
    <header className="border-b border-line bg-surface">
      <div className="mx-auto flex min-h-12 max-w-5xl items-center gap-1 px-4 py-1">
        <Link to="/" className="flex items-center gap-2 font-semibold">
          <img src="/favicon.svg" alt="" width={20} height={20} /> Optio
        </Link>
        <span className="flex-1" />
        {me && <span className="mr-2 truncate text-xs text-muted max-sm:hidden">{`${me.name} · ${me.role}`}</span>}
        <IconButton label="Keyboard help" onClick={help}>
          <CircleHelp size={18} />
        </IconButton>
        <ThemeToggle />
        <IconButton label="Log out" onClick={() => void leave()}>
          <LogOut size={18} />
        </IconButton>
        {mayAct && (
          <Link
            to="/sessions/new"
            className="ml-2 inline-flex min-h-8 items-center gap-1 rounded bg-action px-3 text-sm font-medium whitespace-nowrap text-on-action hover:brightness-110 pointer-coarse:min-h-11"
          >
            <Plus size={16} aria-hidden="true" /> New session
          </Link>
        )}
      </div>
    </header>
  );
}
