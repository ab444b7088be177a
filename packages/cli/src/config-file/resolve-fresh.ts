import { registerHooks } from "node:module";

/** Query of a module's address that says of which load it is. */
export const FRESH_KEY = "optio-load";

/**
 * While it stands, a module whose address has the query passes it on to what it imports from its own project, so that a later load
 * reads changed files again; and `@optio/…` is this program's own copy, whether or not the project has one installed.
 */
export function resolveFresh(): Disposable {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith("@optio/")) return next(specifier, { ...context, parentURL: import.meta.url });
      const resolved = next(specifier, context);
      const load = loadOf(context.parentURL);
      if (load === null || !isOfProject(resolved.url)) return resolved;
      const url = new URL(resolved.url);
      url.searchParams.set(FRESH_KEY, load);
      return { ...resolved, url: url.href };
    },
  });
  return { [Symbol.dispose]: () => hooks.deregister() };
}

function loadOf(parentUrl: string | undefined): string | null {
  if (parentUrl === undefined || !URL.canParse(parentUrl)) return null;
  return new URL(parentUrl).searchParams.get(FRESH_KEY);
}

function isOfProject(url: string): boolean {
  return url.startsWith("file:") && !url.includes("/node_modules/");
}
