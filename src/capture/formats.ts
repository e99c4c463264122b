import type { Format } from './framer.js';
import { netmon } from './netmon/netmon.js';
import { pcap } from './pcap/pcap.js';
import { pcapng } from './pcapng/pcapng.js';
import { snoop } from './snoop/snoop.js';

/** To add a format: write its file, then add it here. */
export const formats: readonly Format[] = [pcap, pcapng, snoop, netmon];
