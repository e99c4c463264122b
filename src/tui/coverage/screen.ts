import type { ListScreen } from '../list/screen.js';
import { coverageSource } from './source.js';

/** What was read, and what of it not: files, damage, gaps, losses, packets without TCP. */
export const coverage = {
  name: 'coverage', title: 'Coverage', key: 'd', description: 'what was read, damage', label: 'coverage',
  holds: 'what was read, where it is damaged, and what it does not cover', bindings: [], source: coverageSource,
} as const satisfies ListScreen;
