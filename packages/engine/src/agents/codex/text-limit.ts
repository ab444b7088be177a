import { OptioError } from "@optio/contract";

/** Codex refuses longer input, all texts of a message together. */
export const MAX_INPUT_CHARS = 1024 * 1024;

/** @throws `too-large` naming the limit when codex would refuse the text for its length. */
export function refuseLongText(text: string, what: string): void {
  if (text.length <= MAX_INPUT_CHARS) return;
  const chars = countChars(text);
  if (chars <= MAX_INPUT_CHARS) return;
  throw new OptioError("too-large", `${what} has ${chars} characters; codex takes at most ${MAX_INPUT_CHARS}`, {
    data: { chars, maxChars: MAX_INPUT_CHARS },
  });
}

/** Characters as codex counts them: a pair of surrogates is one. */
function countChars(text: string): number {
  let pairs = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit <= 0xdbff) pairs += 1;
  }
  return text.length - pairs;
}
