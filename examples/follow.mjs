// What is new, while it happens: one line for each group of findings as soon as it is there.
//
//     ssh host tcpdump -U -w - tcp | node examples/follow.mjs
import { follow } from 'lastack';

const told = new Set();
for await (const { groups, connectionCount } of follow(['-'], { snapshotInterval: 500 })) {
  for (const { severity, finding, cause, service } of groups) {
    const line = `${severity}: ${finding}${cause === null ? '' : ` (${cause})`} at ${service.address} port ${service.port}`;
    if (!told.has(line)) console.log(`${line} (among ${connectionCount} connections so far)`);
    told.add(line);
  }
}
