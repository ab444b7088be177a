interface Oklch {
  readonly lightness: number;
  readonly chroma: number;
  readonly hue: number;
}

/** The tokens of a style sheet written as `--name: light-dark(oklch(…), oklch(…))`. */
export function readTokens(css: string): Map<string, { light: Oklch; dark: Oklch }> {
  const pattern = /--([a-z-]+): light-dark\(oklch\(([^)]*)\), oklch\(([^)]*)\)\)/g;
  return new Map(
    [...css.matchAll(pattern)].map(([, name = "", a = "", b = ""]) => [name, { light: parse(a), dark: parse(b) }]),
  );
}

/** Contrast of two colours as WCAG 2 defines it, 1 to 21. */
export function contrast(a: Oklch, b: Oklch): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function parse(text: string): Oklch {
  const [lightness = 0, chroma = 0, hue = 0] = text.split(/[ /]+/).map(Number);
  return { lightness, chroma, hue };
}

/** Relative luminance over oklab and linear sRGB, clipped to the gamut as a screen does. */
function luminance({ lightness, chroma, hue }: Oklch): number {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const red = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
  const green = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
  const blue = -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s;
  const clip = (channel: number) => Math.min(1, Math.max(0, channel));
  return 0.2126 * clip(red) + 0.7152 * clip(green) + 0.0722 * clip(blue);
}
