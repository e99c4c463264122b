import { acceptQueue } from './accept-queue.js';
import { clientPatience } from './client-patience.js';
import { closedWithoutAnswer } from './closed-without-answer.js';
import { connectionLimit } from './connection-limit.js';
import type { DiagnosisDetector } from './diagnosis.js';
import { failover } from './failover.js';
import { frozenProcess } from './frozen-process.js';
import { healthCheck } from './health-check.js';
import { idleLimit } from './idle-limit.js';
import { keepAliveMismatch } from './keep-alive-mismatch.js';
import { leak } from './leak.js';
import { natForgot } from './nat-forgot.js';
import { restart } from './restart.js';

/**
 * The strongest first: what one of them has told of, the next ones do not see any more. A new detector: write its file, then add one line
 * here, and its page `docs/diagnoses/NAME.md`.
 */
export const diagnosisDetectors: readonly DiagnosisDetector[] = [
  restart,
  frozenProcess,
  acceptQueue,
  connectionLimit,
  natForgot,
  failover,
  leak,
  keepAliveMismatch,
  idleLimit,
  clientPatience,
  closedWithoutAnswer,
  healthCheck,
];
