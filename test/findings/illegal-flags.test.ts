import { describe } from 'vitest';

import { asked, tape } from '../tape.js';

describe('illegal-flags', () => {
  for (const [cause, flags, message] of [
    ['syn-fin', 'SF', 'Frame 1 of the client has SYN and FIN set; nobody answered.'],
    ['syn-rst', 'SR', 'Frame 1 of the client has SYN and RST set; nobody answered.'],
    ['fin-rst', 'FR', 'Frame 1 of the client has FIN and RST set; nobody answered.'],
    ['null', '-', 'Frame 1 of the client has no flag at all set; nobody answered.'],
    ['fin-without-ack', 'F', 'Frame 1 of the client has FIN without ACK set; nobody answered.'],
  ] as const) {
    tape(`${cause}: ${flags}`, `0.000 > ${flags} 0:0`, {
    findings: [`illegal-flags ${cause} client`],
    says: [message], resets: flags.includes('R') ? ['client reactive no-socket'] : [],
  });
  }

  tape('each kind once', `
    0.000 > SF 0:0
    0.001 > SF 0:0
    0.002 > -  1:1
  `, { findings: ['illegal-flags syn-fin client', 'illegal-flags null client'] });

  tape('nothing: PSH and URG are no fault', `${asked}
    1.000 > PU. 31:61 ack 51
    1.010 < .   51:51 ack 61       | ESTABLISHED  ESTABLISHED
  `, {});
});
