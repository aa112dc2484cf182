// Contrast of a firm's colour, counted as WCAG 2.2 does, so that it is seen while choosing.

function channel(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function luminance(hex: string): number | undefined {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  if (!match) return undefined;
  const [red, green, blue] = match.slice(1).map((part) => channel(Number.parseInt(part, 16)));
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** contrast is the ratio between two colours, 1 to 21; undefined when one is not a colour. */
export function contrast(a: string, b: string): number | undefined {
  const one = luminance(a);
  const two = luminance(b);
  if (one === undefined || two === undefined) return undefined;
  return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
}

/** READABLE is what text needs against its ground. */
export const READABLE = 4.5;
