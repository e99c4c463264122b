// Real sockets on loopback: node chatter.mjs PORT SECONDS. 120 connections, each says a word every ten milliseconds and
// is answered: 24,000 packets a second, or some fewer where a busy machine sends two words in one. Prints how many
// words were answered.
import { connect, createServer } from 'node:net';

const CONNECTIONS = 120;
const INTERVAL = 10;
const [port, seconds] = process.argv.slice(2).map(Number);

const server = createServer({ noDelay: true }, (socket) => socket.pipe(socket));
await new Promise((resolve) => {
  server.listen(port, '127.0.0.1', resolve);
});
let answered = 0;
const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => new Promise((resolve) => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
  socket.on('data', (data) => {
    answered += data.length;
  });
})));
// Ticks that came late are made up for, so that the rate holds on a busy machine.
const begin = performance.now();
for (let tick = 0; tick < (seconds * 1000) / INTERVAL; tick++) {
  for (const socket of sockets) socket.write('x');
  const wait = begin + (tick + 1) * INTERVAL - performance.now();
  if (wait > 0) await new Promise((resolve) => {
    setTimeout(resolve, wait);
  });
}
await new Promise((resolve) => {
  setTimeout(resolve, 200);
});
for (const socket of sockets) socket.end();
server.close();
process.stdout.write(`${answered}\n`);
