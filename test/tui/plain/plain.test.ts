import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { converse, Plain } from '../../../src/tui/plain/plain.js';
import { analysisOf, connection, ladderOf } from '../fixture.js';

/** What is answered to these commands, one after the other. */
async function said(...commands: string[]): Promise<string> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const plain = new Plain(analysisOf(100), async (_analysis, id) => ladderOf(connection(id)));
  input.end(`${commands.join('\n')}\n`);
  await converse(plain, input, output);
  return String(output.read() ?? '');
}

it('begins with what was found, a sentence each', async () => {
  expect((await said('quit')).split('\n')).toEqual([
    'lastack, line by line. Write help for the commands.',
    'Findings in 44 of 100 flows',
    '1: error, flows 34, finding half-closed: leak, service 10.77.2.2:8000, by server, first 10:24:00, last ' +
      '10:24:01, median 60 s, longest 60 s',
    '2: warning, flows 10, finding refused, service 10.77.2.2:8081, by server, first 10:24:00, last 10:24:00, ' +
      'median 1 ms, longest 1 ms',
    '',
    '',
  ]);
});

it('opens by number what has one, and goes back', async () => {
  const text = await said('1', '2', 'back', 'quit');
  expect(text).toContain(
    'half-closed: leak at 10.77.2.2:8000: 34 flows\n1: stream 0, client 10.77.1.2:20000, by server',
  );
  expect(text).toContain('14 more lines: write more.');
  expect(text).toContain('Stream 3: half-closed, 60 s.');
  expect(text).toContain(
    'frame 36 after 0.020000 s, client sends FIN ACK, acknowledges 20001, client now FIN-WAIT-1, server now ' +
      'CLOSE-WAIT',
  );
  expect(text.match(/half-closed: leak at 10\.77\.2\.2:8000/g)).toHaveLength(2);
});

it('says the rest of a list when it is asked for more', async () => {
  const text = await said('1', 'more', 'more', 'quit');
  expect(text).toContain('34: stream 99');
  expect(text).toContain('These were all.');
});

it('filters flows, and says what is wrong with a filter', async () => {
  expect(await said('flows ending refused', 'quit')).toContain(
    '10 flows with ending refused\n1: stream 7, client 10.77.1.3:20007, server 10.77.2.2:8081, ending refused',
  );
  expect(await said('flows prot 3', 'quit')).toContain(
    'This filter is not understood, at column 1: unknown field "prot"; did you mean "port"?',
  );
});

it('begins with the flows of a filter where there is one', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.end('quit\n');
  await converse(new Plain(analysisOf(100), async () => []), input, output, 'flows ending refused');
  expect(String(output.read()).split('\n')[1]).toBe('10 flows with ending refused');
});

it('says nothing raw, not even in an error', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const plain = new Plain(analysisOf(3), async () => {
    throw new Error('\u001B[2J\u202Eowned.pcapng: no such file');
  });
  input.end('1\n1\nquit\n');
  await converse(plain, input, output);
  expect(String(output.read())).toContain(String.raw`\x1b[2J\u{202e}owned.pcapng: no such file`);
});

it('says the sockets of a moment', async () => {
  const text = await said('sockets 0.0005', 'quit');
  expect(text).toContain(
    '2 sockets at 10:24:00.000500 UTC\n1: state SYN-SENT, local 10.77.1.2:20000, peer 10.77.2.2:8000, age 500 µs, ' +
      'proof proven, flow 0',
  );
});

it('never draws: no escape sequence, no bar, no mark', async () => {
  const text = await said('1', '1', 'services', 'hosts', 'sockets', 'flows', 'nonsense', '9999', 'quit');
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
  expect(text).not.toMatch(/[\u001B━●›▇\u2800-\u28FF]/);
  expect(text).toContain('There is no command "nonsense".');
  expect(text).toContain('There is no line 9999.');
});
