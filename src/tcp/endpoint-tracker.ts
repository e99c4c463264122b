import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { HAS_TIMESTAMPS, NO_IP_ID, PROBE, REPEAT } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { isAfter } from '../flow/sequence.js';
import type { Time } from '../base/time.js';
import { NO_ROW } from './segment-history.js';

/** What is known of one end while its history is gone through, row by row. */
export class EndpointTracker {
  /** Whether anything was said yet. */
  spoke = false;
  /** Beyond the highest sequence number sent, and the highest acknowledgment sent. */
  next = 0;
  acknowledged = 0;
  knowsAcknowledged = false;
  /** Behind its SYN, where its payload begins; known only where that was seen. */
  begin = 0;
  knowsBegin = false;
  /** Row of the last payload sent for the first time, and what had been acknowledged by then. */
  lastData = NO_ROW;
  acknowledgedAtData = 0;
  /** Row of the last segment that was not a RST. */
  lastRow = NO_ROW;
  lastWindow = 0;
  widestWindow = 0;
  /** Row of the last RST. */
  lastReset = NO_ROW;
  /** Probes and retransmissions since the peer last spoke. */
  probes = 0;
  firstProbeAt: Time = 0;
  lastProbeAt: Time = 0;
  retransmissions = 0;
  /** IPv4 TTL of its ordinary segments. */
  ttl = 0;
  /** Last IP ID other than 0 of a segment that a full socket sent; -1 if none. */
  ipId = -1;
  usesTimestamps = false;

  reset(): void {
    this.spoke = false;
    this.next = 0;
    this.acknowledged = 0;
    this.knowsAcknowledged = false;
    this.begin = 0;
    this.knowsBegin = false;
    this.lastData = NO_ROW;
    this.acknowledgedAtData = 0;
    this.lastRow = NO_ROW;
    this.lastWindow = 0;
    this.widestWindow = 0;
    this.lastReset = NO_ROW;
    this.probes = 0;
    this.firstProbeAt = 0;
    this.lastProbeAt = 0;
    this.retransmissions = 0;
    this.ttl = 0;
    this.ipId = -1;
    this.usesTimestamps = false;
  }

  /** The peer said something: whatever was unanswered is answered. */
  received(): void {
    this.probes = 0;
    this.retransmissions = 0;
  }

  sent(row: TellingSegment, index: number): void {
    if (row.flags & RST) {
      this.lastReset = index;
      return;
    }
    const end = (row.sequence + row.length + (row.flags & SYN ? 1 : 0) + (row.flags & FIN ? 1 : 0)) | 0;
    if (!this.spoke || isAfter(end, this.next)) this.next = end;
    this.spoke = true;
    if (row.flags & SYN) {
      this.begin = (row.sequence + 1) | 0;
      this.knowsBegin = true;
    }
    if (row.flags & ACK && (!this.knowsAcknowledged || isAfter(row.acknowledgment, this.acknowledged))) {
      this.acknowledged = row.acknowledgment;
      this.knowsAcknowledged = true;
    }
    if (row.marks & PROBE) {
      if (this.probes === 0) this.firstProbeAt = row.time;
      this.probes = Math.max(this.probes + 1, row.repeats);
      this.lastProbeAt = row.time;
    } else if (row.marks & REPEAT) {
      this.retransmissions = Math.max(this.retransmissions + 1, row.repeats);
    } else if (row.length > 0) {
      this.lastData = index;
      this.acknowledgedAtData = row.acknowledgment;
    }
    this.lastRow = index;
    this.lastWindow = row.window;
    if (!(row.flags & SYN)) this.widestWindow = Math.max(this.widestWindow, row.window);
    this.ttl = row.ttl;
    if (!(row.marks & NO_IP_ID) && row.ipId !== 0 && !(row.flags & SYN)) this.ipId = row.ipId;
    if (row.marks & HAS_TIMESTAMPS) this.usesTimestamps = true;
  }
}
