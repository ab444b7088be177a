import { lazy, Suspense } from "react";

const MarkdownBody = lazy(() => import("./markdown-body.tsx"));

interface MarkdownProps {
  readonly text: string;
  /** True while more text is coming: open fences and emphasis are closed for display. */
  readonly isStreaming?: boolean;
}

/** Markdown of the agent; plain text until the renderer is loaded. */
export function Markdown({ text, isStreaming = false }: MarkdownProps) {
  return (
    <Suspense fallback={<div className="markdown whitespace-pre-wrap">{text}</div>}>
      <MarkdownBody text={text} isStreaming={isStreaming} />
    </Suspense>
  );
}
