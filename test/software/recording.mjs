/**
 * Records one scenario: its programs play on a stage while tcpdump listens on one host and tracepoints to the
 * kernel's sockets.
 */
import { once } from 'node:events';
import { Trace } from '../../record/kernel/trace.mjs';
import { HOSTS, Stage } from './stage.mjs';

/** Bytes of each packet: all headers, and the beginning of the payload, by which software is recognized. */
const SNAP_LENGTH = 256;

/** TCP, and the errors that speak of it: without the neighbour discovery of IPv6. */
const CAPTURED = 'tcp or icmp or (icmp6 and ip6[40] < 128)';

/**
 * A scene that was played this much too late, in seconds, is another one: what it does to its clients may come when
 * they are gone.
 */
const TOO_LATE = 1.5;

/** The machine was too busy to play a scene as it is written. */
export class SlippedError extends Error {}

/**
 * Records into the file; resolves to the truth: what was expected, who had which address, what the kernel sent of
 * RSTs and why, and the log of the programs.
 *
 * @throws {SlippedError} where the machine was too busy to play it in time
 */
export async function record(scenario, file) {
  const { name, story, healthy, tap = 'server', delay = {}, truth = {} } = scenario;
  const stage = new Stage({ delay });
  const trace = new Trace('');
  try {
    await stage.lay(delay);
    if (scenario.prepare) await scenario.prepare(stage);
    const capture = await listen(stage, tap, file);
    stage.restart();
    await scenario.play(stage);
    if (stage.late > TOO_LATE)
      throw new SlippedError(`${name} was played ${stage.late.toFixed(1)} s late: the machine is busy`);
    stage.note('the capture ends');
    for (const host of HOSTS) stage[host].sockets();
    await capture.stop();
    const addresses = Object.fromEntries(HOSTS.map((host) => [host, [stage[host].v4, stage[host].v6]]));
    addresses.router = HOSTS.flatMap((host) => addresses[host].map((address) => address.replace(/2$/, '1')));
    const events = trace.events(new Set(Object.values(addresses).flat()));
    return {
      name,
      story,
      healthy,
      tap,
      truth,
      addresses,
      resets: events.filter(({ e }) => e === 'send_reset'),
      log: stage.log,
    };
  } finally {
    trace.remove();
    stage.remove();
  }
}

/** Resolves when the first packet would be seen. */
async function listen(stage, tap, file) {
  const host = stage[tap];
  const tcpdump = stage.spawn(
    host,
    `exec tcpdump -i eth0 -s ${SNAP_LENGTH} -B 32768 -Z root --immediate-mode -w '${file}' '${CAPTURED}'`,
  );
  let said = '';
  await new Promise((resolve, reject) => {
    tcpdump.stderr.on('data', (text) => {
      said += text;
      if (said.includes('listening on')) resolve();
    });
    tcpdump.on('exit', () => reject(new Error(`tcpdump has ended: ${said}`)));
  });
  return {
    async stop() {
      await stage.wait(0.5);
      const closed = once(tcpdump, 'close');
      tcpdump.kill('SIGINT');
      await closed;
      if (!/^0 packets dropped by kernel$/m.test(said)) throw new Error(`tcpdump has missed packets: ${said.trim()}`);
    },
  };
}
