import { randomBytes } from "node:crypto";

/** Which step of which turn an output item of ours belongs to. */
export type StepMark = { turn: string; step: number; part: number };

/**
 * A fresh id that carries the mark: `call_<turn id without dashes>_<step>_<part>_<random>`.
 *
 * Codex sends the ids of all earlier items back with every request, also after it was killed and resumed; the marks in them are
 * the only memory of a script's progress. The random end keeps a repeated step from reusing the id of a cut one.
 */
export function markedId(prefix: "msg" | "rs" | "call", mark: StepMark): string {
  return `${prefix}_${mark.turn}_${mark.step}_${mark.part}_${randomBytes(4).toString("hex")}`;
}

/** The mark in an id, or undefined when this server did not make the id. */
export function markOf(id: string | undefined): StepMark | undefined {
  const found = /^(?:msg|rs|call)_([0-9a-z]+)_(\d+)_(\d+)_[0-9a-f]{8}$/.exec(id ?? "");
  if (!found) return undefined;
  return { turn: found[1] ?? "", step: Number(found[2]), part: Number(found[3]) };
}

/** The form of a turn id that fits into a mark. */
export function turnTag(turnId: string): string {
  return turnId.replace(/[^0-9a-z]/g, "") || "0";
}
