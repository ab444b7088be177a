/** The path as seen from a directory; unchanged when it lies elsewhere or there is no directory. */
export function relativePath(path: string, directory: string | null | undefined): string {
  if (!directory) return path;
  const base = directory.endsWith("/") ? directory : `${directory}/`;
  return path.startsWith(base) && path.length > base.length ? path.slice(base.length) : path;
}
