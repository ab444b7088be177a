import { expect, test } from "vitest";
import { sticksAfter } from "./scroll-position.ts";

const position = (top: number, height = 2000, viewHeight = 500) => ({ top, height, viewHeight });

test.each([
  ["the end in view sticks", false, position(1000), position(1460), false, true],
  ["scrolling up unsticks", true, position(1500), position(1300), false, false],
  ["growing content keeps it stuck", true, position(1500), position(1500, 2300), false, true],
  ["a smaller view keeps it stuck", true, position(1500), position(1500, 2000, 400), false, true],
  ["the list's own measuring keeps it stuck", true, position(1500), position(1200, 1900), false, true],
  ["a reader who scrolls up while rows are measured unsticks", true, position(1500), position(1200, 1900), true, false],
  ["scrolling down short of the end sticks to nothing", false, position(900), position(1300), true, false],
])("%s", (_, wasStuck, before, now, isReader, sticks) => {
  expect(sticksAfter(wasStuck, before, now, isReader)).toBe(sticks);
});
