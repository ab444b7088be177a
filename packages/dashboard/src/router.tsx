import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  Outlet,
  useNavigate,
} from "@tanstack/react-router";
import { useCallback } from "react";
import { FeedProvider } from "./feed/feed-context.tsx";
import { HomePage } from "./inbox/home-page.tsx";
import { TopBar } from "./inbox/top-bar.tsx";
import { LoginPage } from "./login/login-page.tsx";
import { loginTarget } from "./login/login-target.ts";
import { SessionPage } from "./session/session-page.tsx";
import { NewSessionPage } from "./sessions/new-session-page.tsx";
import { HelpHost } from "./ui/help-host.tsx";
import { useGoKeys } from "./ui/use-go-keys.ts";

const ProcessPage = lazyRouteComponent(() => import("./process/process-page.tsx"), "ProcessPage");
const SchedulesPage = lazyRouteComponent(() => import("./schedules/schedules-page.tsx"), "SchedulesPage");
const BlocksPage = lazyRouteComponent(() => import("./blocks/blocks-page.tsx"), "BlocksPage");

const rootRoute = createRootRoute({ component: Root, notFoundComponent: NotFound });

function Root() {
  const navigate = useNavigate();
  useGoKeys((to) => void navigate({ to }));
  return (
    <HelpHost>
      <Outlet />
    </HelpHost>
  );
}

/** Sends the reader to the login, and back here afterwards. */
function useToLogin(): () => void {
  const navigate = useNavigate();
  return useCallback(() => {
    const { pathname } = location;
    if (pathname !== "/login") void navigate({ to: "/login", search: { next: pathname } });
  }, [navigate]);
}

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: (search): { code?: string; next?: string } => ({
    ...(search.code === undefined ? {} : { code: String(search.code) }),
    ...(typeof search.next === "string" ? { next: search.next } : {}),
  }),
  component: function Login() {
    const { code, next } = loginRoute.useSearch();
    const navigate = useNavigate();
    // replaced: the address with the code must not stay in the history
    return <LoginPage code={code} onLoggedIn={() => void navigate({ to: loginTarget(next), replace: true })} />;
  },
});

/** The pages that show all processes share one feed. */
const listsRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "lists",
  component: function Lists() {
    return (
      <FeedProvider onUnauthorized={useToLogin()}>
        <Outlet />
      </FeedProvider>
    );
  },
});

const homeRoute = createRoute({
  getParentRoute: () => listsRoute,
  path: "/",
  validateSearch: (search): { q?: string } => (typeof search.q === "string" && search.q !== "" ? { q: search.q } : {}),
  component: function Home() {
    const { q = "" } = homeRoute.useSearch();
    const navigate = useNavigate();
    return (
      <HomePage
        initialText={q}
        onSearch={(text) => void navigate({ to: "/", search: text === "" ? {} : { q: text }, replace: true })}
      />
    );
  },
});

const schedulesRoute = createRoute({
  getParentRoute: () => listsRoute,
  path: "/schedules",
  component: () => (
    <>
      <TopBar />
      <SchedulesPage />
    </>
  ),
});

const blocksRoute = createRoute({
  getParentRoute: () => listsRoute,
  path: "/blocks",
  component: () => (
    <>
      <TopBar />
      <BlocksPage />
    </>
  ),
});

const processRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/processes/$id",
  component: function Process() {
    const { id } = processRoute.useParams();
    return <ProcessPage key={id} id={id} onUnauthorized={useToLogin()} />;
  },
});

const newRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sessions/new",
  component: function New() {
    const navigate = useNavigate();
    return (
      <>
        <TopBar />
        <NewSessionPage onCreated={(id) => void navigate({ to: "/s/$id", params: { id } })} />
      </>
    );
  },
});

const sessionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/s/$id",
  component: function Session() {
    const { id } = sessionRoute.useParams();
    return <SessionPage key={id} id={id} onUnauthorized={useToLogin()} />;
  },
});

function NotFound() {
  return (
    <main className="measure py-16 text-center">
      <h1 className="text-xl font-semibold">No such page</h1>
      <Link to="/" className="mt-4 inline-block text-action underline">
        All sessions and tasks
      </Link>
    </main>
  );
}

/** The pages and their addresses. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([
    loginRoute,
    listsRoute.addChildren([homeRoute, schedulesRoute, blocksRoute]),
    newRoute,
    sessionRoute,
    processRoute,
  ]),
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
