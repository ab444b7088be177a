const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };
const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];

/** Which names a server answers for. */
export interface AllowedHosts {
  /** True when the Host header names this server. */
  allowsHost(header: string | undefined): boolean;
  /** True when the Origin header names a page of this server. */
  allowsOrigin(header: string): boolean;
}

/** Where the server listens; undefined port: not listening, reached in-process only. */
export interface BoundAddress {
  readonly host?: string;
  readonly port?: number;
}

/**
 * Checks of the Host and Origin headers: the loopback names and the bound address with the server's own port, and the
 * extra names: `name` with any port, `name:port` with that port.
 */
export function createAllowedHosts(extra: readonly string[], boundTo: () => BoundAddress): AllowedHosts {
  const names = new Set(extra.map((name) => name.toLowerCase()));
  const allows = (authority: string, protocol: string) => {
    const split = splitAuthority(authority.toLowerCase());
    if (!split) return false;
    if (names.has(split.name) || names.has(`${split.name}:${split.port ?? DEFAULT_PORTS[protocol]}`)) return true;
    const bound = boundTo();
    const own = bound.host === undefined ? LOOPBACK_NAMES : [...LOOPBACK_NAMES, bound.host.toLowerCase()];
    const port = String(bound.port ?? DEFAULT_PORTS["http:"]);
    return own.includes(split.name) && (split.port ?? DEFAULT_PORTS[protocol]) === port;
  };
  return {
    allowsHost: (header) => header !== undefined && allows(header, "http:"),
    allowsOrigin: (header) => {
      const origin = /^(https?:)\/\/([^/?#@\\]+)$/i.exec(header);
      return origin?.[1] !== undefined && origin[2] !== undefined && allows(origin[2], origin[1].toLowerCase());
    },
  };
}

function splitAuthority(authority: string): { name: string; port: string | undefined } | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/.exec(authority);
  return match?.[1] === undefined ? undefined : { name: match[1], port: match[2] };
}
