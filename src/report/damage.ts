import type { Damage } from '../analysis/model.js';
import { count } from './quantities.js';

/** `at byte 12,345: cut short`; of damage whose own words name that byte, these words alone. */
export function placeAndWhat({ offset, what }: Pick<Damage, 'offset' | 'what'>): string {
  return what.includes(`at byte ${offset}:`) ? what : `at byte ${count(offset)}: ${what}`;
}
