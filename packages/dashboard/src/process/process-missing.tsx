import { Link } from "@tanstack/react-router";
import { usePageTitle } from "../ui/use-page-title.ts";

/** There is no process with this id, or none any more. */
export function ProcessMissing({ id, wasThere }: { id: string; wasThere: boolean }) {
  usePageTitle(wasThere ? "Process gone" : "No such process");
  return (
    <main className="measure py-16 text-center" data-testid="process-missing">
      <h1 className="text-xl font-semibold">{wasThere ? "This process is gone" : "No such process"}</h1>
      <p className="mt-2 break-words text-muted">
        {wasThere ? "It was removed while you looked: " : "The server knows no process "}
        <code className="text-code">{id}</code>.{" "}
        {wasThere
          ? "Its time to live ran out, or somebody removed it."
          : "It may have been removed, or the address has a typo."}
      </p>
      <Link to="/" className="mt-4 inline-block text-action underline">
        All sessions and tasks
      </Link>
    </main>
  );
}
