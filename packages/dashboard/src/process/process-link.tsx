import type { ProcessSummary } from "@optio/contract";
import { Link } from "@tanstack/react-router";
import type { ComponentProps, ReactNode } from "react";

interface ProcessLinkProps
  extends Omit<ComponentProps<"a">, "href" | "children" | "onFocus" | "onBlur" | "target" | "ref"> {
  readonly process: Pick<ProcessSummary, "id" | "kind">;
  readonly children: ReactNode;
}

/** A link to the page of a process: a session's transcript, or a task's tree and log. */
export function ProcessLink({ process, children, ...rest }: ProcessLinkProps) {
  return (
    <Link to={process.kind === "session" ? "/s/$id" : "/processes/$id"} params={{ id: process.id }} {...rest}>
      {children}
    </Link>
  );
}
