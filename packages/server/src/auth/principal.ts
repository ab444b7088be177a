import type { Role } from "@optio/contract";
import { ROLES } from "@optio/contract";

/** Who makes a request. */
export interface Principal {
  readonly tokenId: string;
  /** The token's name: shown in logs and as `resolvedBy`. */
  readonly name: string;
  readonly role: Role;
  /** When a login cookie ends, in ms since 1970; null for a bearer token. */
  readonly expiresAt: number | null;
}

/** True when the role may do what the least role may. */
export function mayAct(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}
