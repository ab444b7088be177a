import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { HelpContext } from "./help-context.ts";
import { HelpDialog } from "./help-dialog.tsx";
import { isTyping } from "./is-typing.ts";

/** Shows the keyboard help on `?` and when asked. */
export function HelpHost({ children }: { children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === "?" && !isTyping(event)) setOpen(true);
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
  return (
    <HelpContext value={() => setOpen(true)}>
      {children}
      {isOpen && <HelpDialog onClose={() => setOpen(false)} />}
    </HelpContext>
  );
}
