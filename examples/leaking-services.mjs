// Which services do not close their sockets, and for how long they have not:
//
//     node examples/leaking-services.mjs captures/showcase.pcapng
import { analyze, formatDuration } from 'lastack';

const { groups } = await analyze(process.argv.slice(2));
for (const { service, flows, durations } of groups.filter(({ cause }) => cause === 'leak')) {
  console.log(`${service.address} port ${service.port}: ${flows} not closed, the longest for ` +
    `${formatDuration(durations.longest)} s`);
}
