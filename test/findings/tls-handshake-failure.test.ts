import { describe } from 'vitest';

import { tape } from '../tape.js';

/** A TLS record of `bytes` that begins as written in `head`, in a tape's words. */
const record = (head: string, bytes: number): string => `"${head}${'x'.repeat(bytes - head.length / 4)}"`;

const greeted = String.raw`
    0.000 > S  0:0
    0.010 < S. 0:0   ack 1
    0.020 > .  1:1   ack 1
    0.030 > P. 1:201 ack 1      ${record(String.raw`\x16\x03\x01\x00\xc3\x01\x00`, 200)}
    0.040 < .  1:1   ack 201`;

describe('tls-handshake-failure', () => {
  tape(
    'the client does not accept the certificate: an alert is all that it says to it',
    String.raw`${greeted}
    0.050 < P. 1:1201   ack 201  ${record(String.raw`\x16\x03\x03\x00\x7a\x02\x00`, 1200)}
    0.060 > P. 201:208  ack 1201 ${record(String.raw`\x15\x03\x03\x00\x02\x02\x30`, 7)}
    0.061 > F. 208:208  ack 1201
    0.070 < F. 1201:1201 ack 209
    0.080 > .  209:209  ack 1202
  `,
    {
      ending: 'closed', findings: ['tls-handshake-failure client client'],
      says: [
        'The client broke off the TLS handshake by an alert (frame 7) upon what the server had sent: it does not ' +
          'accept the certificate, or nothing else of the offer.',
      ],
    },
  );

  tape(
    'the server takes nothing of the offer: it answers the ClientHello by an alert',
    String.raw`${greeted}
    0.050 < P. 1:8     ack 201   ${record(String.raw`\x15\x03\x03\x00\x02\x02\x28`, 7)}
    0.051 < F. 8:8     ack 201
    0.060 > F. 201:201 ack 9
    0.070 < .  9:9     ack 202
  `,
    {
      ending: 'closed', findings: ['tls-handshake-failure server server'],
      says: [
        'The server answered the ClientHello by an alert (frame 6): it takes neither the version nor the ciphers nor ' +
          'the name that the client offers.',
      ],
    },
  );

  tape(
    "the server misses a certificate of the client: an alert is all that it says to the client's part, and the " +
      'request crosses it',
    String.raw`${greeted}
    0.050 < P. 1:1201   ack 201  ${record(String.raw`\x16\x03\x03\x00\x7a\x02\x00`, 1200)}
    0.055 > .  201:201  ack 1201
    0.060 > P. 201:311  ack 1201 ${record(String.raw`\x14\x03\x03\x00\x01\x01\x17`, 110)}
    0.070 < P. 1201:1225 ack 311 ${record(String.raw`\x17\x03\x03\x00\x13`, 24)}
    0.071 < F. 1225:1225 ack 311
    0.075 > P. 311:411  ack 1225 ${record(String.raw`\x17\x03\x03\x00\x5f`, 100)}
    0.085 < R  1225:1225
  `,
    {
      ending: 'reset', findings: ['tls-handshake-failure server server', 'rst-after-push crossing client'],
      resets: ['server reactive closed-peer'],
      says: [
        'The server broke off the TLS handshake by an alert (frame 9) upon what the client had answered: it misses a ' +
          'certificate of the client, or does not accept it.',
        'The client sent 100 bytes (frame 11) before it had seen the FIN of the server (frame 10): they crossed, and ' +
          'the RST (frame 12) threw them away.',
      ],
    },
  );

  tape(
    'TLS at a port that speaks plain HTTP: both close in good order, and nothing worked',
    String.raw`${greeted}
    0.050 < P. 1:29    ack 201   "HTTP/1.1 400 Bad Request\r\n\r\n"
    0.051 < F. 29:29   ack 201
    0.060 > F. 201:201 ack 30
    0.070 < .  30:30   ack 202
  `,
    {
      ending: 'closed', verdict: 'found', findings: ['tls-handshake-failure plaintext server'],
      says: ['The client began TLS (frame 4), and the server speaks plain HTTP at this port (frame 6).'],
      weighs: ['warning likely'],
    },
  );

  tape(
    'plain HTTP at a port that speaks TLS: it takes the request for a record and says so by an alert',
    String.raw`
    0.000 > S  0:0
    0.010 < S. 0:0   ack 1
    0.020 > .  1:1   ack 1
    0.030 > P. 1:19  ack 1       "GET / HTTP/1.1\r\n\r\n"
    0.040 < P. 1:8   ack 19      ${record(String.raw`\x15\x03\x01\x00\x02\x02\x0a`, 7)}
    0.041 < F. 8:8   ack 19
    0.050 > F. 19:19 ack 9
    0.060 < .  9:9   ack 20
  `,
    {
      ending: 'closed', findings: ['tls-handshake-failure plaintext client'],
      says: ['The client speaks plain HTTP (frame 4), and the server speaks TLS at this port (frame 5).'],
    },
  );

  tape(
    'TLS from the first byte on at a port that wants STARTTLS: the server had greeted in the clear',
    String.raw`
    0.000 > S  0:0
    0.010 < S. 0:0   ack 1
    0.020 > .  1:1   ack 1
    0.030 > P. 1:201 ack 1       ${record(String.raw`\x16\x03\x01\x00\xc3\x01\x00`, 200)}
    0.031 < P. 1:19  ack 1       "220 mx ESMTP hi!\r\n"
    0.041 < .  19:19 ack 201
    0.050 > F. 201:201 ack 19
    0.060 < F. 19:19 ack 202
    0.070 > .  202:202 ack 20
  `,
    {
      ending: 'closed', findings: ['tls-handshake-failure plaintext server'],
      says: ['The client began TLS (frame 4), and the server speaks plain SMTP at this port (frame 5).'],
    },
  );

  tape(
    'nothing: TLS behind a header of the PROXY protocol',
    String.raw`
    0.000 > S  0:0
    0.010 < S. 0:0   ack 1
    0.020 > .  1:1   ack 1
    0.030 > P. 1:47  ack 1       "PROXY TCP4 192.0.2.1 192.0.2.2 5000 443 xxxx\r\n"
    0.031 > P. 47:247 ack 1      ${record(String.raw`\x16\x03\x01\x00\xc3\x01\x00`, 200)}
    0.041 < P. 1:1201   ack 247  ${record(String.raw`\x16\x03\x03\x00\x7a\x02\x00`, 1200)}
    0.051 > P. 247:357  ack 1201 ${record(String.raw`\x14\x03\x03\x00\x01\x01\x17`, 110)}
    0.061 < P. 1201:1456 ack 357 ${record(String.raw`\x17\x03\x03\x00\xfa`, 255)}
    0.070 > F. 357:357  ack 1456
    0.080 < F. 1456:1456 ack 358
    0.090 > .  358:358  ack 1457
  `,
    { ending: 'closed', verdict: 'clean' },
  );

  tape('nothing: the capture lacks the ClientHello, and what the client says next is its part of the handshake',
    String.raw`
    0.000 > S  0:0
    0.010 < S. 0:0   ack 1
    0.020 > .  1:1   ack 1
    0.040 < .  1:1   ack 201
    0.050 < P. 1:1201   ack 201  ${record(String.raw`\x16\x03\x03\x00\x7a\x02\x00`, 1200)}
    0.060 > P. 201:265  ack 1201 ${record(String.raw`\x14\x03\x03\x00\x01\x01\x17`, 64)}
    0.061 > P. 265:289  ack 1201 ${record(String.raw`\x17\x03\x03\x00\x13`, 24)}
    0.062 > F. 289:289  ack 1201
    0.063 < P. 1201:1456 ack 290 ${record(String.raw`\x17\x03\x03\x00\xfa`, 255)}
    0.070 < F. 1456:1456 ack 290
    0.080 > .  290:290  ack 1457
  `, { findings: ['half-closed intentional client'] });

  tape("nothing: the capture lacks the client's part of the handshake, and shows its close_notify alone",
    String.raw`${greeted}
    0.050 < P. 1:1201   ack 201  ${record(String.raw`\x16\x03\x03\x00\x7a\x02\x00`, 1200)}
    0.061 > P. 381:405  ack 1201 ${record(String.raw`\x17\x03\x03\x00\x13`, 24)}
    0.062 > F. 405:405  ack 1201
    0.070 < F. 1201:1201 ack 406
    0.080 > .  406:406  ack 1202
  `);

  tape('nothing: a server that accepts the handshake says so by tickets, and its close_notify comes when nothing is ' +
    'asked', String.raw`${greeted}
    0.050 < P. 1:1201   ack 201  ${record(String.raw`\x16\x03\x03\x00\x7a\x02\x00`, 1200)}
    0.055 > .  201:201  ack 1201
    0.060 > P. 201:281  ack 1201 ${record(String.raw`\x14\x03\x03\x00\x01\x01\x17`, 80)}
    0.070 < P. 1201:1456 ack 281 ${record(String.raw`\x17\x03\x03\x00\xfa`, 255)}
    0.080 > .  281:281  ack 1456
    0.090 < P. 1456:1480 ack 281 ${record(String.raw`\x17\x03\x03\x00\x13`, 24)}
    0.091 < F. 1480:1480 ack 281
    0.100 > F. 281:281  ack 1481
    0.110 < .  1481:1481 ack 282
  `, { ending: 'closed' });

  tape('nothing: one that gives no tickets, and closes an idle connection later', String.raw`${greeted}
    0.050 < P. 1:1201   ack 201  ${record(String.raw`\x16\x03\x03\x00\x7a\x02\x00`, 1200)}
    0.055 > .  201:201  ack 1201
    0.060 > P. 201:281  ack 1201 ${record(String.raw`\x14\x03\x03\x00\x01\x01\x17`, 80)}
    0.065 < .  1201:1201 ack 281
    5.070 < P. 1201:1225 ack 281 ${record(String.raw`\x17\x03\x03\x00\x13`, 24)}
    5.071 < F. 1225:1225 ack 281
    5.080 > F. 281:281  ack 1226
    5.090 < .  1226:1226 ack 282
  `, { ending: 'closed' });

  tape('nothing: the handshake comes to its end and both sides talk', String.raw`${greeted}
    0.050 < P. 1:1201   ack 201  ${record(String.raw`\x16\x03\x03\x00\x7a\x02\x00`, 1200)}
    0.060 > P. 201:281  ack 1201 ${record(String.raw`\x14\x03\x03\x00\x01\x01\x17`, 80)}
    0.070 > P. 281:381  ack 1201 ${record(String.raw`\x17\x03\x03\x00\x5f`, 100)}
    0.080 < P. 1201:1901 ack 381 ${record(String.raw`\x17\x03\x03\x02\xb7`, 700)}
    0.090 > F. 381:381  ack 1901
    0.100 < F. 1901:1901 ack 382
    0.110 > .  382:382  ack 1902
  `, { ending: 'closed' });

  tape('nothing: a connection from before the capture, of which a close_notify is the first that is seen', String.raw`
    0.000 > P. 1:201   ack 1     ${record(String.raw`\x17\x03\x03\x00\xc3`, 200)}
    0.010 < P. 1:25    ack 201   ${record(String.raw`\x17\x03\x03\x00\x13`, 24)}
    0.011 < F. 25:25   ack 201
    0.020 > F. 201:201 ack 26
    0.030 < .  26:26   ack 202
  `, { ending: 'closed' });
});
