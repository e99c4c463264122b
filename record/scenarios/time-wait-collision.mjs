import { close, connect, ended, heard, listen, sleep } from '../sockets.mjs';

/**
 * Linux counts the initial sequence numbers of a five-tuple up by 15.6 million a second.
 * A burst faster than that leaves them behind: the next SYN's number is lower than what was sent already.
 */
const BURST = 1_300_000;

export const settings = { client: ['net.ipv4.tcp_timestamps=0'] };

export async function server() {
  let expected = BURST;
  await listen(9000, async (socket) => {
    const job = heard(socket, expected);
    expected = 1;
    await job;
    close(socket); // first: TIME-WAIT is ours
  });
}

export async function client() {
  const burst = Buffer.alloc(BURST, 'b');
  await sleep(1000); // the other recordings have begun by then, and leave the processors to us
  const socket = await connect(9000, { localPort: 61_000 });
  socket.write(burst);
  await ended(socket);
  close(socket);
  await sleep(1);

  const again = await connect(9000, { localPort: 61_000 });
  again.write('and one more');
  await ended(again);
  close(again);
  await sleep(500);
}
