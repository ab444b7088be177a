import { z } from "zod";

/** A process id: what a person types in a URL or a shell; safe as one path segment. */
export const processIdSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    "an id is 1 to 128 characters of A-Z a-z 0-9 . _ - and starts with a letter or digit",
  )
  .describe("process id");

/** Any other stored id (decision, message, token, login): opaque to clients. */
export const opaqueIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, "an id is 1 to 64 characters of A-Z a-z 0-9 _ -")
  .describe("opaque id");

/** An instant: ISO 8601, UTC, milliseconds. */
export const instantSchema = z.iso.datetime({ precision: 3 }).describe("ISO 8601 UTC with milliseconds");

/** A JSON object of flat or nested values, carried but not interpreted. */
export const jsonObjectSchema = z.record(z.string(), z.unknown());
