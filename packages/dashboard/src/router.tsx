import { createRootRoute, createRoute, createRouter, Link, Outlet, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { HomePage } from "./inbox/home-page.tsx";
import { TopBar } from "./inbox/top-bar.tsx";
import { LoginPage } from "./login/login-page.tsx";
import { loginTarget } from "./login/login-target.ts";
import { SessionPage } from "./session/session-page.tsx";
import { FeedProvider } from "./sessions/feed-context.tsx";
import { NewSessionPage } from "./sessions/new-session-page.tsx";
import { HelpHost } from "./ui/help-host.tsx";

const rootRoute = createRootRoute({ component: Root, notFoundComponent: NotFound });

function Root() {
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

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  component: function Home() {
    return (
      <FeedProvider onUnauthorized={useToLogin()}>
        <HomePage />
      </FeedProvider>
    );
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
        All sessions
      </Link>
    </main>
  );
}

/** The pages and their addresses. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([loginRoute, homeRoute, newRoute, sessionRoute]),
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
