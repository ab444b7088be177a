import { Link } from "@tanstack/react-router";

/** There is no session with this id. */
export function SessionMissing({ id }: { id: string }) {
  return (
    <main className="measure py-16 text-center">
      <h1 className="text-xl font-semibold">No such session</h1>
      <p className="mt-2 break-words text-muted">
        The server knows no session <code className="text-code">{id}</code>. It may have been removed, or the address
        has a typo.
      </p>
      <Link to="/" className="mt-4 inline-block text-action underline">
        All sessions
      </Link>
    </main>
  );
}
