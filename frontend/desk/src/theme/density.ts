export type Density = 'compact' | 'normal' | 'roomy';

const STORED = 'voldaan.density';

/** density is how close together things stand: 13, 14 or 16 px. */
export function density(): Density {
  const stored = localStorage.getItem(STORED);
  return stored === 'compact' || stored === 'roomy' ? stored : 'normal';
}

/** applyDensity sets it for the whole page and remembers it. */
export function applyDensity(next: Density = density()) {
  localStorage.setItem(STORED, next);
  document.documentElement.dataset.density = next;
}
