import type { Role } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { Clock, StoredToken, TokenStore } from "@optio/engine";
import { hashToken, newId, newToken, systemClock } from "@optio/engine";

const MINUTE_MS = 60_000;
/** How long a one-time login code works. */
export const LOGIN_CODE_TTL_MS = 10 * MINUTE_MS;
/** Name of the token that the first start creates. */
export const ADMIN_TOKEN_NAME = "admin";
/** Name of the admin token that is preset from outside. */
export const PRESET_TOKEN_NAME = "OPTIO_TOKEN";
const PAGE = 500;

/** Where tokens live. */
export interface TokenOptions {
  readonly store: { readonly tokens: TokenStore };
  readonly clock?: Clock;
}

/** What `ensureAdminToken` did. */
export interface EnsuredToken {
  /** True when a token was made or replaced. */
  readonly created: boolean;
  /** The secret of a token that was made now; shown this once, only its hash is stored. */
  readonly token?: string;
}

/**
 * Makes sure that somebody can administer: stores the preset secret as an admin token, or creates an admin token when
 * there is none.
 * @throws `invalid` for a preset that cannot travel in a header.
 */
export async function ensureAdminToken(options: TokenOptions & { readonly preset?: string }): Promise<EnsuredToken> {
  const { tokens } = options.store;
  if (options.preset !== undefined) return presetToken(options.preset, options);
  if ((await findAdmins(tokens)).length > 0) return { created: false };
  const { secret } = await createToken({ ...options, name: ADMIN_TOKEN_NAME, role: "admin" });
  return { created: true, token: secret };
}

/** Creates a token; the secret is in the answer and nowhere else. */
export async function createToken(
  options: TokenOptions & { readonly name: string; readonly role: Role },
): Promise<{ record: StoredToken; secret: string }> {
  const secret = newToken();
  const record = newRecord(options.name, options.role, secret, options.clock);
  await options.store.tokens.insert(record);
  return { record, secret };
}

/**
 * Creates a one-time code for `/login?code=…` that gives the rights of a token for 10 minutes' notice; default: the
 * oldest admin token. Only its hash is stored.
 * @throws `not-found` when there is no such token.
 */
export async function createLoginCode(
  store: TokenOptions["store"],
  options: { readonly tokenId?: string; readonly clock?: Clock } = {},
): Promise<string> {
  const { tokens } = store;
  const token = options.tokenId === undefined ? (await findAdmins(tokens))[0] : await tokens.find(options.tokenId);
  if (!token) throw new OptioError("not-found", `no token ${options.tokenId ?? "of an admin"}`);
  const code = newToken();
  const expiresAt = (options.clock ?? systemClock).now() + LOGIN_CODE_TTL_MS;
  await tokens.putLoginCode({ hash: hashToken(code), tokenId: token.id, expiresAt });
  return code;
}

/** Revokes a token. @throws `not-found`; `contradiction` for the last admin token, without which nobody could add another. */
export async function removeToken(tokens: TokenStore, id: string): Promise<void> {
  const token = await tokens.find(id);
  if (token?.role === "admin" && (await findAdmins(tokens)).length === 1)
    throw new OptioError("contradiction", `'${id}' is the last admin token; create another one first`);
  if (!token || !(await tokens.remove(id))) throw new OptioError("not-found", `no token '${id}'`);
}

async function presetToken(preset: string, options: TokenOptions): Promise<EnsuredToken> {
  const { tokens } = options.store;
  if (!/^[\x21-\x7e]+$/.test(preset))
    throw new OptioError("invalid", "the preset token is empty or has characters other than visible ASCII");
  const known = await tokens.findByHash(hashToken(preset));
  if (known?.role === "admin") return { created: false };
  await tokens.putNamed(newRecord(PRESET_TOKEN_NAME, "admin", preset, options.clock));
  return { created: true };
}

function newRecord(name: string, role: Role, secret: string, clock: Clock = systemClock): StoredToken {
  return { id: newId("tok"), name, role, hash: hashToken(secret), createdAt: clock.now(), lastUsedAt: null };
}

async function findAdmins(tokens: TokenStore): Promise<StoredToken[]> {
  const admins: StoredToken[] = [];
  let cursor: string | undefined;
  do {
    const page = await tokens.list({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    admins.push(...page.items.filter((token) => token.role === "admin"));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return admins.sort((a, b) => a.createdAt - b.createdAt);
}
