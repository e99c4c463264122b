import type { PacketBatch } from '../capture/packet-batch.js';
import type { Segment } from './segment.js';

/** What `decode` answers when the packet holds a TCP segment; every other answer is an index into `skipReasons`. */
export const IS_TCP = 0;

/** Why a packet is not a TCP segment, as `layer: reason`; index 0 is unused. Placeholder until the layers are written. */
export const skipReasons: readonly string[] = [''];

/** Fills `segment` from packet `index` of `batch`. Never throws, whatever the bytes. */
export declare function decode(batch: PacketBatch, index: number, segment: Segment): number;
