import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';

/** Systems whose closing timers and habits are known. */
export const PROFILES = ['linux', 'windows', 'macos', 'freebsd', 'rfc9293'] as const;
export type Profile = (typeof PROFILES)[number];

export interface Timers {
  readonly system: Profile;
  /** Whether the host's own segments or an option say so; false where `system` is only the default. */
  readonly isKnown: boolean;
  /** How long a closed socket waits in FIN-WAIT-2; Infinity where nothing ends it. */
  readonly finWait2: Duration;
  readonly timeWait: Duration;
}

/** Defaults of each system; all of them can be set by an administrator, so what follows from them is never proven. */
export const timers: Readonly<Record<Profile, Timers>> = {
  // include/net/tcp.h: TCP_FIN_TIMEOUT and TCP_TIMEWAIT_LEN, 60 s each.
  linux: { system: 'linux', isKnown: true, finWait2: 60 * SECOND, timeWait: 60 * SECOND },
  // About 120 s each: field reports (KB813056 and TcpTimedWaitDelay of Server 2003 and later), not measured.
  windows: { system: 'windows', isKnown: true, finWait2: 120 * SECOND, timeWait: 120 * SECOND },
  // XNU: TCPTV_FINWAIT2 60 s; 2 x TCPTV_MSL, 15 s each.
  macos: { system: 'macos', isKnown: true, finWait2: 60 * SECOND, timeWait: 30 * SECOND },
  // FreeBSD 13: TP_MAXIDLE, 8 x 75 s; 2 x TCPTV_MSL, 30 s each.
  freebsd: { system: 'freebsd', isKnown: true, finWait2: 600 * SECOND, timeWait: 60 * SECOND },
  // §3.6.1: no limit for FIN-WAIT-2; 2MSL with the MSL of §4, two minutes.
  rfc9293: { system: 'rfc9293', isKnown: true, finWait2: Infinity, timeWait: 240 * SECOND },
};
