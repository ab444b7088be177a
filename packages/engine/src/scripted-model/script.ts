import { z } from "zod";

/** A call of a tool; codex runs it and comes back with its output, so a call ends a reply. */
export type CallStep =
  | {
      /** Shell command, run by codex in its sandbox. */
      run: string;
      /** Asks to run outside the sandbox, with this justification: needs a decision under `on-request`. */
      escalate?: string | undefined;
      workdir?: string | undefined;
      /** How long codex waits before it reports the command as still running (then it is asked again); default 30 000, at most 30 000. */
      timeoutMs?: number | undefined;
    }
  | { patch: string | PatchFile | PatchFile[] }
  | { call: string; namespace?: string | undefined; args?: Record<string, unknown> | undefined };

/** One file of a patch: `add` its whole text, replace the lines `from` by `to`, or `remove` it. */
export type PatchFile =
  | { path: string; add: string }
  | { path: string; from: string; to: string }
  | { path: string; remove: true };

/** One thing the scripted model does within a turn. */
export type Step =
  | CallStep
  | {
      say: string;
      /** Characters of one delta; default: the whole text in one. */
      chunkChars?: number | undefined;
      /** Pause before each delta after the first; default 0. */
      delayMs?: number | undefined;
      phase?: "commentary" | "final_answer" | undefined;
    }
  | { reason: string }
  /** Several calls in one reply. */
  | { parallel: CallStep[] }
  /** A pause inside the stream. */
  | { waitMs: number }
  /** Holds the stream until `gate(name).open()`. */
  | { gate: string }
  /** Answers the whole request this step is in with an HTTP error, `times` times (default 1). */
  | {
      fault: {
        status: number;
        code?: string | undefined;
        message?: string | undefined;
        times?: number | undefined;
      };
    }
  /** Ends the stream with `response.failed`, `times` times (default 1). */
  | { fail: { code: string; message?: string | undefined; times?: number | undefined } }
  /** Ends the stream with `response.incomplete`, `times` times (default 1). */
  | { incomplete: { reason?: string | undefined; times?: number | undefined } }
  /** Cuts the socket, `times` times (default 1). */
  | { drop: true; times?: number | undefined }
  /** Goes on with `ifDeclined` when the call before it was declined, otherwise with `otherwise`. */
  | { ifDeclined: Step[]; otherwise?: Step[] | undefined };

/** What a script function is told about the message it answers. */
export type ScriptedTurn = {
  threadId: string;
  turnId: string;
  /** Turns of the thread before this one, as far as its history still shows them; from 0. */
  turnIndex: number;
  /** Texts of this turn so far; the first started it, the others were steered into it. */
  userTexts: string[];
  /** The text to answer. */
  lastUserText: string;
  /** Outputs of this message's own calls so far, in order. */
  outputs: ToolOutput[];
  /** The request's input items, as codex sent them. */
  input: readonly unknown[];
  model: string;
};

/** The result of one call as the model sees it. */
export type ToolOutput = { text: string; declined: boolean };

/**
 * Steps per turn (a list: turn 0, turn 1, …; turns beyond it and steered messages get the default script), or a function of the message.
 *
 * Contract of the function: it is asked again for every reply of a turn, so for the same message it must begin with the steps it
 * returned before; only what follows a call may depend on `outputs`.
 */
export type Script = Step[][] | ((turn: ScriptedTurn) => Step[] | Promise<Step[]>);

/** Chooses the threads of a script: all given members must fit. A string fits a first user text that begins with it. */
export type ScriptMatch = { threadId?: string; firstText?: string | RegExp };

/** The script of all threads, or a list of matched ones; the first that fits is taken. */
export type ScriptSource = Script | { match: ScriptMatch; script: Script }[];

const patchFileSchema = z.union([
  z.strictObject({ path: z.string(), add: z.string() }),
  z.strictObject({ path: z.string(), from: z.string(), to: z.string() }),
  z.strictObject({ path: z.string(), remove: z.literal(true) }),
]);

const callStepSchema = z.union([
  z.strictObject({
    run: z.string(),
    escalate: z.string().optional(),
    workdir: z.string().optional(),
    timeoutMs: z.number().positive().optional(),
  }),
  z.strictObject({ patch: z.union([z.string(), patchFileSchema, z.array(patchFileSchema)]) }),
  z.strictObject({
    call: z.string(),
    namespace: z.string().optional(),
    args: z.record(z.string(), z.unknown()).optional(),
  }),
]);

const times = z.number().int().positive().optional();

/** Checks one step of a script that comes from outside, such as a `!script` prompt. */
export const stepSchema: z.ZodType<Step> = z.union([
  callStepSchema,
  z.strictObject({
    say: z.string(),
    chunkChars: z.number().int().positive().optional(),
    delayMs: z.number().nonnegative().optional(),
    phase: z.enum(["commentary", "final_answer"]).optional(),
  }),
  z.strictObject({ reason: z.string() }),
  z.strictObject({ parallel: z.array(callStepSchema).min(1) }),
  z.strictObject({ waitMs: z.number().nonnegative() }),
  z.strictObject({ gate: z.string() }),
  z.strictObject({
    fault: z.strictObject({
      status: z.number().int().min(400).max(599),
      code: z.string().optional(),
      message: z.string().optional(),
      times,
    }),
  }),
  z.strictObject({
    fail: z.strictObject({ code: z.string(), message: z.string().optional(), times }),
  }),
  z.strictObject({ incomplete: z.strictObject({ reason: z.string().optional(), times }) }),
  z.strictObject({ drop: z.literal(true), times }),
  z.strictObject({
    ifDeclined: z.array(z.lazy(() => stepSchema)),
    otherwise: z.array(z.lazy(() => stepSchema)).optional(),
  }),
]);
