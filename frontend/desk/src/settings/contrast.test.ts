import { describe, expect, it } from 'vitest';
import { darker } from './BrandingSection';
import { contrast, READABLE } from './contrast';

describe('contrast', () => {
  it('counts as WCAG does', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
    expect(contrast('#fff', '#ffffff')).toBeUndefined();
  });

  it.each(['#ffe000', '#ff8800', '#00ccff', '#ffffff', '#1f7a5c'])(
    'makes %s dark enough for white letters',
    (color) => {
      expect(contrast(darker(color), '#ffffff')).toBeGreaterThanOrEqual(READABLE);
    },
  );

  it('leaves a readable colour as it is', () => {
    expect(darker('#1f7a5c')).toBe('#1f7a5c');
  });
});
