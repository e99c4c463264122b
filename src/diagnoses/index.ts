import { clientExit } from './client-exit.js';
import { acceptQueue } from './accept-queue.js';
import { ageLimit } from './age-limit.js';
import { clientPatience } from './client-patience.js';
import { closedWithoutAnswer } from './closed-without-answer.js';
import { connectionLimit } from './connection-limit.js';
import type { DiagnosisDetector } from './diagnosis.js';
import { dualStackFallback } from './dual-stack-fallback.js';
import { failover } from './failover.js';
import { firewallDrop } from './firewall-drop.js';
import { firewallReject } from './firewall-reject.js';
import { firewallReset } from './firewall-reset.js';
import { frozenProcess } from './frozen-process.js';
import { goAway } from './go-away.js';
import { healthCheck } from './health-check.js';
import { idleLimit } from './idle-limit.js';
import { keepAliveMismatch } from './keep-alive-mismatch.js';
import { leak } from './leak.js';
import { natForgot } from './nat-forgot.js';
import { partialRefusal } from './partial-refusal.js';
import { pathMtu } from './path-mtu.js';
import { portExhaustion } from './port-exhaustion.js';
import { restart } from './restart.js';
import { retries } from './retries.js';
import { scan } from './scan.js';
import { silentHost } from './silent-host.js';
import { slowloris } from './slowloris.js';
import { stalledReader } from './stalled-reader.js';
import { synFlood } from './syn-flood.js';
import { tlsHandshakeFailure } from './tls-handshake-failure.js';

/**
 * The strongest first: what one of them has told of, the next ones do not see any more. A new detector: write its file,
 * then add one line here, and its page `docs/diagnoses/NAME.md`.
 */
export const diagnosisDetectors: readonly DiagnosisDetector[] = [
  partialRefusal,
  restart,
  firewallReject,
  frozenProcess,
  acceptQueue,
  connectionLimit,
  synFlood,
  slowloris,
  scan,
  dualStackFallback,
  natForgot,
  failover,
  firewallDrop,
  silentHost,
  firewallReset,
  pathMtu,
  stalledReader,
  tlsHandshakeFailure,
  goAway,
  leak,
  clientExit,
  ageLimit,
  keepAliveMismatch,
  idleLimit,
  clientPatience,
  closedWithoutAnswer,
  portExhaustion,
  retries,
  healthCheck,
];
