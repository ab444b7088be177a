import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { CalendarClock, CircleHelp, List, LogOut, Plus, ShieldBan } from "lucide-react";
import { logout } from "../api/calls.ts";
import { useMayAct, useMe } from "../api/use-queries.ts";
import { IconButton } from "../ui/button.tsx";
import { useHelp } from "../ui/help-context.ts";
import { ThemeToggle } from "../ui/theme-toggle.tsx";

const PAGES = [
  { to: "/", label: "Sessions", Icon: List },
  { to: "/schedules", label: "Schedules", Icon: CalendarClock },
  { to: "/blocks", label: "Blocks", Icon: ShieldBan },
] as const;

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
          <img src="/favicon.svg" alt="" width={20} height={20} /> <span className="max-sm:sr-only">Optio</span>
        </Link>
        <nav aria-label="Pages" className="ml-2 flex gap-1 sm:ml-4">
          {PAGES.map(({ to, label, Icon }) => (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: true, includeSearch: false }}
              title={label}
              className="inline-flex min-h-8 items-center gap-1.5 rounded px-2 text-sm text-muted hover:bg-hover hover:text-text aria-[current=page]:bg-action-soft aria-[current=page]:text-text pointer-coarse:min-h-11"
            >
              <Icon size={16} aria-hidden="true" /> <span className="max-md:sr-only">{label}</span>
            </Link>
          ))}
        </nav>
        <span className="flex-1" />
        {me && <span className="mr-2 truncate text-xs text-muted max-sm:hidden">{`${me.name} · ${me.role}`}</span>}
        <IconButton label="Keyboard help" onClick={help} className="max-sm:hidden">
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
            <Plus size={16} aria-hidden="true" /> <span className="max-sm:sr-only">New session</span>
          </Link>
        )}
      </div>
    </header>
  );
}
