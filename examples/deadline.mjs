// What can be read in a second, of a capture that may be large:
//
//     node examples/deadline.mjs captures/showcase.pcapng 1000
import { analyze } from 'lastack';

const [capture, milliseconds = '1000'] = process.argv.slice(2);
const { capture: read, connectionCount } = await analyze([capture], {
  signal: AbortSignal.timeout(Number(milliseconds)),
});
const extent = read.partial === true ? 'the beginning' : 'all';
console.log(`${read.packets} packets, ${connectionCount} connections: ${extent} of it`);
