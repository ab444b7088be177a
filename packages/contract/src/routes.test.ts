import { describe, expect, test } from "vitest";
import type { RouteDef } from "./routes.ts";
import { ROLES, ROUTES } from "./routes.ts";

const routes: readonly RouteDef[] = ROUTES;

describe("the route table", () => {
  test("has each method and path once", () => {
    const names = routes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test("is open only where the design says so", () => {
    expect(routes.filter(({ role }) => role === "open").map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /health",
      "GET /openapi.json",
      "POST /login",
    ]);
  });

  test("lets a viewer change nothing but its own login", () => {
    const changing = routes.filter(({ method, role }) => method !== "GET" && role === "viewer");
    expect(changing.map(({ path }) => path)).toEqual(["/logout"]);
  });

  test.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "%s has a role, and schemas for what its path and method need",
    (_, route) => {
      expect([...ROLES, "open"]).toContain(route.role);
      if (route.path.includes(":")) expect(route.params).toBeDefined();
      if (route.landed && route.method === "PUT") expect(route.body).toBeDefined();
      if (route.landed && route.status !== 204 && route.stream !== "text") expect(route.response).toBeDefined();
    },
  );
});
