/** Where to go after the login: a page of ours, else home. */
export function loginTarget(next: string | undefined): string {
  // "//host" and "/\host" are other origins to a browser
  return next !== undefined && /^\/(?![/\\])/.test(next) && !next.startsWith("/login") ? next : "/";
}
