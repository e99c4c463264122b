import type { Format } from './framer.js';
import { pcap } from './pcap/pcap.js';
import { pcapng } from './pcapng/pcapng.js';

/** To add a format: write its file, then add it here. */
export const formats: readonly Format[] = [pcap, pcapng];
