import { describe } from 'vitest';

import { opened, tape } from '../tape.js';

const GET = 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n';
const HEAD = 'HEAD / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n';
const POST = 'POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5000\\r\\n\\r\\n';

/** Bytes of a text as the tape writes it. */
const size = (text: string): number => text.replaceAll(/\\r|\\n/g, '.').length;

/** One segment of a text: from where it goes on, and so far. */
function says(time: string, direction: '<' | '>', from: number, text: string, ack: number, more = ''): string {
  return `\n  ${time} ${direction} P. ${from}:${from + size(text)} ack ${ack} "${text}" ${more}`;
}

/** The answer's head in a segment of its own. */
function head(fields: string, status = '200 OK'): string {
  return `HTTP/1.1 ${status}\\r\\n${fields}\\r\\n\\r\\n`;
}

const asks = (request: string): string => `${opened}${says('0.030', '>', 1, request, 1)}`;

/** A connection on which the server answers with a head, then so many bytes, and closes. */
function answered(request: string, answer: string, body: number, close = 'F.'): string {
  const [asked, begun] = [1 + size(request), 1 + size(answer)];
  const end = begun + body;
  return `${asks(request)}${says('0.040', '<', 1, answer, asked)}
  0.050 > .  ${asked}:${asked} ack ${begun}
  0.060 < .  ${begun}:${end} ack ${asked}
  0.070 > .  ${asked}:${asked} ack ${end}
  3.000 < ${close} ${end}:${end} ack ${asked}`;
}

/** An answer to a request, and both ends close. */
function closed(request: string, answer: string, body: number): string {
  const [asked, end] = [1 + size(request), 1 + size(answer) + body];
  return `${answered(request, answer, body)}                          | CLOSE-WAIT  FIN-WAIT-1
  3.010 > F. ${asked}:${asked} ack ${end + 1}
  3.020 < .  ${end + 1}:${end + 1} ack ${asked + 1}                   | CLOSED?     TIME-WAIT`;
}

const length = head('Content-Length: 10000');

describe('incomplete-message', () => {
  tape('an answer of which the server sends a part, and closes', closed(GET, length, 4000), {
    ending: 'closed', verdict: 'found', closer: 'server', findings: ['incomplete-message answer server'],
    says: ['The server announced 10000 bytes of its answer and closed (frame 9) after 4000: 6000 bytes are missing.'],
    weighs: ['warning likely'],
  });

  tape('nothing: all of it came', closed(GET, length, 10_000), { verdict: 'clean' });

  tape('one byte is missing', closed(GET, length, 9999), {
    findings: ['incomplete-message answer server'],
    says: ['The server announced 10000 bytes of its answer and closed (frame 9) after 9999: 1 byte is missing.'],
  });

  const asked = 1 + size(GET);
  const end = 1 + size(length) + 10_000;

  tape('bytes that the capture lost were sent: numbers count', `${asks(GET)}${says('0.040', '<', 1, length, asked)}
  0.060 < .  9001:${end} ack ${asked}
  0.070 > .  ${asked}:${asked} ack ${end}
  3.000 < F. ${end}:${end} ack ${asked}
  3.010 > F. ${asked}:${asked} ack ${end + 1}
  3.020 < .  ${end + 1}:${end + 1} ack ${asked + 1}`, { verdict: 'clean' });

  tape('an answer that the server aborts', answered(GET, length, 4000, 'R.'), {
    ending: 'reset', resets: ['server active linger'],
    findings: ['incomplete-message answer server', 'linger-reset linger server'],
  });

  tape('of an answer to HEAD nothing but the head comes', closed(HEAD, length, 0), { verdict: 'clean' });

  tape('nor of 304, whatever it would announce', closed(GET, head('Content-Length: 10000', '304 Not Modified'), 0), {
    verdict: 'clean',
  });

  tape('a body that nobody announced ends with the connection', closed(GET, head('Server: a'), 4000), {
    verdict: 'clean',
  });

  tape('two lengths that differ announce nothing',
    closed(GET, head('Content-Length: 10000\\r\\ncontent-length: 20000'), 4000), { verdict: 'clean' });

  tape('the head of the name in small letters, and behind other fields',
    closed(GET, head('Server: a\\r\\nContent-Type: text/plain\\r\\ncontent-length:   5000  \\r\\nConnection: close'), 4000),
    { findings: ['incomplete-message answer server'] });

  const chunked = head('Transfer-Encoding: chunked');
  const part = '1f40\\r\\n';

  tape('chunks without the last one', closed(GET, `${chunked}${part}`, 4000), {
    findings: ['incomplete-message answer server'],
    says: ['The server began an answer in chunks and closed (frame 9) without the last one.'],
  });

  tape('nothing: the last chunk came',
    closed(GET, `${chunked}5\\r\\nhello\\r\\n0\\r\\n\\r\\n`, 0), { verdict: 'clean' });

  tape('the client that goes away in the middle of a download is no fault of the server', `${asks(GET)}${
    says('0.040', '<', 1, length, 1 + size(GET))}
  0.050 > F. ${1 + size(GET)}:${1 + size(GET)} ack ${1 + size(length)}
  0.060 < F. ${1 + size(length)}:${1 + size(length)} ack ${2 + size(GET)}
  0.070 > .  ${2 + size(GET)}:${2 + size(GET)} ack ${2 + size(length)}`, { verdict: 'clean' });

  const posted = 1 + size(POST);

  tape('an upload that the client does not end', `${asks(POST)}
  0.040 > .  ${posted}:${posted + 2000} ack 1
  0.050 < .  1:1 ack ${posted + 2000}
  5.000 > F. ${posted + 2000}:${posted + 2000} ack 1
  5.010 < F. 1:1 ack ${posted + 2001}
  5.020 > .  ${posted + 2001}:${posted + 2001} ack 2`, {
    findings: ['incomplete-message request client'],
    says: ['The client announced 5000 bytes of a request and closed (frame 7) after 2000: 3000 bytes are missing.'],
  });

  const tooLarge = head('Content-Length: 0', '413 Too Large');

  tape('nothing: the server has answered already, and wants no more of it', `${asks(POST)}
  0.040 > .  ${posted}:${posted + 2000} ack 1${says('0.050', '<', 1, tooLarge, posted + 2000)}
  0.060 > F. ${posted + 2000}:${posted + 2000} ack ${1 + size(tooLarge)}
  0.070 < F. ${1 + size(tooLarge)}:${1 + size(tooLarge)} ack ${posted + 2001}
  0.080 > .  ${posted + 2001}:${posted + 2001} ack ${2 + size(tooLarge)}`, { verdict: 'clean' });

  const go = 'HTTP/1.1 100 Continue\\r\\n\\r\\n';

  tape('an upload that the server has told to go on', `${asks(POST)}${says('0.040', '<', 1, go, posted)}
  0.050 > .  ${posted}:${posted + 2000} ack ${1 + size(go)}
  0.060 < .  ${1 + size(go)}:${1 + size(go)} ack ${posted + 2000}
  5.000 > F. ${posted + 2000}:${posted + 2000} ack ${1 + size(go)}
  5.010 < F. ${1 + size(go)}:${1 + size(go)} ack ${posted + 2001}
  5.020 > .  ${posted + 2001}:${posted + 2001} ack ${2 + size(go)}`, {
    findings: ['incomplete-message request client'],
  });

  const short = head('Content-Length: 2');
  const second = 1 + size(GET);
  const first = 3 + size(short);

  tape('the second answer of a connection is cut, behind one that was whole', `${asks(GET)}${
    says('0.040', '<', 1, `${short}ok`, second)}${says('0.050', '>', second, GET, first)}${
    says('0.060', '<', first, length, second + size(GET))}
  0.070 < .  ${first + size(length)}:${first + size(length) + 100} ack ${second + size(GET)}
  0.080 < F. ${first + size(length) + 100}:${first + size(length) + 100} ack ${second + size(GET)}
  0.090 > F. ${second + size(GET)}:${second + size(GET)} ack ${first + size(length) + 101}
  0.100 < .  ${first + size(length) + 101}:${first + size(length) + 101} ack ${second + size(GET) + 1}`, {
    findings: ['incomplete-message answer server'],
    says: ['The server announced 10000 bytes of its answer and closed (frame 9) after 100: 9900 bytes are missing.'],
  });

  tape('a body that looks like a head, in a body, is none', `${asks(GET)}${
    says('0.040', '<', 1, head('Content-Length: 47'), second)}${
    says('0.050', '<', 1 + size(head('Content-Length: 47')), head('Content-Length: 10000').padEnd(47, '.'), second)}`,
    { ending: 'open' });

  tape('nothing where the capture has no word of the server, which may have answered', `
  0.000 > S  0:0                    win 65535 <mss 1460,wscale 7,sackOK>
  0.020 > .  1:1   ack 1${says('0.030', '>', 1, POST, 1)}
  0.040 > .  ${1 + size(POST)}:1400 ack 1
  0.060 > .  1400:1400 ack 120
  0.070 > F. 1400:1400 ack 121
  `, {});
});
