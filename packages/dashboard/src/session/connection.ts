/** What the page knows about its connection. */
export type Connection =
  | { readonly type: "connecting" }
  | { readonly type: "catching-up"; readonly headSeq: number }
  | { readonly type: "live" }
  | { readonly type: "offline"; readonly since: number };

/** The connection in words: live, catching up with how many events, offline since when. */
export function connectionText(connection: Connection, lastSeq: number): string {
  switch (connection.type) {
    case "connecting":
      return "Connecting";
    case "catching-up": {
      const missing = Math.max(0, connection.headSeq - lastSeq);
      return `Catching up (${missing} event${missing === 1 ? "" : "s"})`;
    }
    case "live":
      return "Live";
    case "offline": {
      const since = new Date(connection.since).toLocaleTimeString(undefined, {
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
      });
      return `Offline since ${since}`;
    }
  }
}
