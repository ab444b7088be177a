import "./ui/no-eval.ts";

import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueryClient } from "./api/use-queries.ts";
import { router } from "./router.tsx";
import "./ui/base.css";
import { applyTheme, readTheme } from "./ui/theme.ts";

applyTheme(readTheme());

const queries = createQueryClient(() => {
  const { pathname } = location;
  if (pathname !== "/login") void router.navigate({ to: "/login", search: { next: pathname } });
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
