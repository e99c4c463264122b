import { describe, expect, test } from 'vitest';
import { dark, light } from '../../../src/report/html/palette.js';

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (/^#(..)(..)(..)$/.exec(color)?.slice(1) ?? []).map((hex) => {
    const part = Number.parseInt(hex, 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

describe.each([['light', light], ['dark', dark]] as const)('%s', (_, palette) => {
  test.each(['ink', 'quiet', 'error', 'warning', 'info'] as const)(
    'text in %s can be read on page and panel (1.4.3: 4.5)',
    (role) => {
    expect(contrast(palette[role], palette.page)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(palette[role], palette.panel)).toBeGreaterThanOrEqual(4.5);
  },
  );

  test.each(['established', 'close-wait', 'fin-wait', 'time-wait'] as const)(
    'shapes in %s are seen on the page (1.4.11: 3)',
    (role) => {
    expect(contrast(palette[role], palette.page)).toBeGreaterThanOrEqual(3);
  },
  );
});
