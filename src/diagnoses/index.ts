import type { DiagnosisDetector } from './diagnosis.js';
import { idleLimit } from './idle-limit.js';
import { keepAliveMismatch } from './keep-alive-mismatch.js';

/**
 * The strongest first: what one of them has told of, the next ones do not see any more. A new detector: write its file, then add one line
 * here, and its page `docs/diagnoses/NAME.md`.
 */
export const diagnosisDetectors: readonly DiagnosisDetector[] = [
  keepAliveMismatch,
  idleLimit,
];
