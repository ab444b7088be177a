import type { ReactNode } from "react";
import { useEffect, useId, useRef } from "react";
import { Button } from "./button.tsx";

interface ConfirmDialogProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Label of the button that does it. */
  readonly action: string;
  /** Label of the button that leaves all as it is; default `Keep it`. */
  readonly keep?: string;
  /** How the button that does it looks; default as dangerous. */
  readonly look?: "danger" | "primary" | "attention";
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog({
  title,
  children,
  action,
  keep = "Keep it",
  look = "danger",
  onConfirm,
  onClose,
}: ConfirmDialogProps) {
  return (
    <ModalDialog title={title} onClose={onClose}>
      <div className="mt-2 text-sm text-muted">{children}</div>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>{keep}</Button>
        <Button
          look={look}
          onClick={() => {
            onConfirm();
            onClose();
          }}
        >
          {action}
        </Button>
      </div>
    </ModalDialog>
  );
}

/** A dialog over the page; Esc and a click outside close it. */
export function ModalDialog({ title, children, onClose }: { title: string; children: ReactNode; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes a modal dialog by itself
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
      className="m-auto outline-none w-[min(30rem,calc(100vw-32px))] rounded border border-line bg-surface p-0 text-text shadow-[0_8px_32px_var(--shadow)]"
    >
      <div className="p-4">
        <h2 id={titleId} className="text-lg font-semibold">
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}
