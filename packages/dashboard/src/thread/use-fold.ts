import { useState } from "react";
import { useThread } from "./thread-context.ts";

/** Whether a row is open, kept while the list unmounts it off screen. */
export function useFold(key: string, initially = false): readonly [isOpen: boolean, toggle: () => void] {
  const { folds } = useThread();
  const [isOpen, setOpen] = useState(() => folds.get(key) ?? initially);
  const toggle = () => {
    folds.set(key, !isOpen);
    setOpen(!isOpen);
  };
  return [isOpen, toggle];
}
