import type { Client } from "openapi-fetch";
import createClient from "openapi-fetch";
import type { z } from "zod";
import type { ErrorCode } from "./errors.ts";
import { errorEntry, OptioError } from "./errors.ts";
import type { ROUTES } from "./routes.ts";
import { API_PREFIX, problemSchema } from "./routes.ts";

type Routes = (typeof ROUTES)[number];
/** `/sessions/:id/turns` as openapi-fetch writes it: `/sessions/{id}/turns`. */
type Template<P extends string> = P extends `${infer Head}:${infer Name}/${infer Tail}`
  ? `${Head}{${Name}}/${Template<Tail>}`
  : P extends `${infer Head}:${infer Name}`
    ? `${Head}{${Name}}`
    : P;
type In<R, K extends string> = R extends Record<K, infer S extends z.ZodType> ? z.input<S> : never;
type Out<R, K extends string> = R extends Record<K, infer S extends z.ZodType> ? z.output<S> : never;

/** A required field, or an absent one where the route has none: what openapi-fetch reads as "may be left out". */
type Field<K extends string, T> = [T] extends [never] ? { [_ in K]?: never } : { [_ in K]: T };

type Operation<R> = {
  parameters: Field<"path", In<R, "params">> & {
    query?: In<R, "query">;
    header?: { "Idempotency-Key"?: string };
  };
  responses: {
    200: { content: { "application/json": Out<R, "response"> } };
    default: { content: { "application/problem+json": z.output<typeof problemSchema> } };
  };
} & ([In<R, "body">] extends [never]
  ? { requestBody?: never }
  : { requestBody: { content: { "application/json": In<R, "body"> } } });

/** The route table as openapi-fetch's `paths` type. */
export type Paths = {
  [P in Routes["path"] as Template<P>]: {
    [R in Extract<Routes, { path: P }> as Lowercase<R["method"]>]: Operation<R>;
  };
};

/** How to reach a server. */
export interface ApiClientOptions {
  /** For example `http://127.0.0.1:4747`; empty for the page's own origin. */
  readonly baseUrl: string;
  /** Bearer token; absent: the login cookie. */
  readonly token?: string;
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** A client whose calls are typed by the route table. */
export type ApiClient = Client<Paths>;

/** A typed client of the HTTP interface. Calls answer `{data}` or `{error: Problem}`; see `unwrap`. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  return createClient<Paths>({
    baseUrl: `${options.baseUrl}${API_PREFIX}`,
    ...(options.fetch ? { fetch: options.fetch } : {}),
    headers: options.token ? { authorization: `Bearer ${options.token}` } : {},
  });
}

/** The data of an answer. @throws OptioError with the code of the problem document. */
export async function unwrap<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) {
    // a 204 has no data; its callers ask for void
    return data as T;
  }
  throw problemToError(error, response.status);
}

/** The error that a problem document describes. */
export function problemToError(body: unknown, status: number): OptioError {
  const problem = problemSchema.safeParse(body);
  if (!problem.success)
    return new OptioError("internal", `the server answered ${status} without a problem document`, { status });
  const entry = errorEntry(problem.data.code);
  return new OptioError(entry.code as ErrorCode, problem.data.detail, { status, data: { next: problem.data.next } });
}
