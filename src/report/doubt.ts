import type { Finding } from '../analysis/model.js';

/** ` (likely, else slow or killed)`: how sure a verdict is, for people; nothing where it is certain. */
export function doubt({ confidence, alternatives }: Pick<Finding, 'confidence' | 'alternatives'>): string {
  if (confidence === 'certain') return '';
  return alternatives.length === 0 ? ` (${confidence})` : ` (${confidence}, else ${alternatives.join(' or ')})`;
}
