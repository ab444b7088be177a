/** A value as it came, for what this page has no words for. */
export function Payload({ value }: { value: unknown }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <pre tabIndex={0} className="max-h-96 overflow-auto rounded border border-line bg-sunken px-3 py-2 text-code">
      {typeof value === "string" ? value : JSON.stringify(value, null, 2)}
    </pre>
  );
}
