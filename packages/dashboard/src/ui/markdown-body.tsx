import type { ComponentProps } from "react";
import type { ExtraProps } from "streamdown";
import { defaultRehypePlugins, Streamdown } from "streamdown";

type Props<K extends "a" | "img" | "table" | "pre" | "code"> = ComponentProps<K> & { node?: unknown };

/** The renderer behind `Markdown`: raw HTML stays text, images are links, nothing is fetched by itself. */
export default function MarkdownBody({ text, isStreaming }: { text: string; isStreaming: boolean }) {
  return (
    <Streamdown
      className="markdown"
      mode={isStreaming ? "streaming" : "static"}
      parseIncompleteMarkdown={isStreaming}
      rehypePlugins={SAFE_PLUGINS}
      components={COMPONENTS}
      controls={false}
      linkSafety={NO_DIALOG}
    >
      {text}
    </Streamdown>
  );
}

// without `raw`, HTML in the text never becomes elements
const SAFE_PLUGINS = [defaultRehypePlugins.sanitize, defaultRehypePlugins.harden].filter(
  (plugin) => plugin !== undefined,
);
const NO_DIALOG = { enabled: false };

function Link({ node: _, href, children }: Props<"a">) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** An image of the agent's would tell its host who reads: it loads only when somebody opens the link. */
function ImageLink({ src, alt }: Props<"img">) {
  const href = typeof src === "string" ? src : undefined;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      Image: {alt || href || "without a description"}
    </a>
  );
}

function Table({ node: _, children }: Props<"table">) {
  return (
    <div className="table-scroll">
      <table>{children}</table>
    </div>
  );
}

const Plain =
  (
    Tag: "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "p" | "ul" | "ol" | "li" | "blockquote" | "pre" | "code" | "strong",
  ) =>
  ({ children }: { children?: React.ReactNode } & ExtraProps) => <Tag>{children}</Tag>;

const COMPONENTS = {
  a: Link,
  img: ImageLink,
  table: Table,
  h1: Plain("h1"),
  h2: Plain("h2"),
  h3: Plain("h3"),
  h4: Plain("h4"),
  h5: Plain("h5"),
  h6: Plain("h6"),
  p: Plain("p"),
  ul: Plain("ul"),
  ol: Plain("ol"),
  li: Plain("li"),
  blockquote: Plain("blockquote"),
  pre: Plain("pre"),
  code: Plain("code"),
  inlineCode: Plain("code"),
  strong: Plain("strong"),
};
