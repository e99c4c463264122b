import type { Time } from '../base/time.js';

/** What was seen to pass from tap to tap, of any connection: of the client's segments, and of the server's. */
export class Passed {
  /** Until when, by the client's clock. */
  readonly until: [Time, Time] = [-Infinity, -Infinity];
  /** Bytes of payload of the largest. */
  readonly largest: [number, number] = [0, 0];

  /** One segment of `role` at both taps. */
  add(role: 0 | 1, clientTime: Time, length: number): void {
    this.until[role] = Math.max(this.until[role], clientTime);
    this.largest[role] = Math.max(this.largest[role], length);
  }
}
