import type { Analysis, Connection } from '../analysis/model.js';
import type { ConnectionId } from '../base/numbers.js';
import type { Time } from '../base/time.js';
import type { Covered } from './coverage.js';
import type { Fingerprints } from './fingerprint.js';
import type { Tap } from './tap.js';
import type { TapPair, Tuple, Unpaired } from './taps.js';

interface Given {
  readonly client: Analysis;
  readonly prints: Readonly<Record<Tap, Fingerprints>>;
  readonly pairs: readonly TapPair[];
  /** Connections that may be in one all the same: nothing is certain of their absence. */
  readonly undecided: ReadonlySet<ConnectionId>;
  /** Connections of the client's tap that are in pairs. */
  readonly seen: ReadonlySet<number>;
  /** Whether the server's tap was capturing between two moments of the client's clock. */
  readonly covered: (from: Time, to: Time) => Covered;
}

/**
 * Connections of the client's tap that the server's has not, as far as they lead to a service that it has.
 *
 * That a SYN did not come to the server is certain where the service has the same address at both taps, and the
 * server's tap captured what others sent to it. Where the address is changed on the way (a load balancer) it may have
 * gone to another server: `likely`, if every connection to the service that was answered is there, else nothing is
 * said.
 */
export function unpairedOf({ client, prints, pairs, undecided, seen, covered }: Given): Unpaired[] {
  const services = new Map<string, { paired: number; changed: boolean; elsewhere: number }>();
  for (const { mapping } of pairs) {
    const {
      server: { address, port },
    } = mapping.atClient;
    const known = services.get(`${address} ${port}`) ?? { paired: 0, changed: false, elsewhere: 0 };
    known.paired++;
    known.changed ||= mapping.destination;
    services.set(`${address} ${port}`, known);
  }
  const local = new Set(prints.server.map(({ connection }) => connection.server.address));
  const lonely = prints.client.filter(({ id }) => !seen.has(id));
  const answered = new Set(lonely.map(({ id }) => id).filter((id) => isAnswered(client.connection(id))));
  for (const { id, connection } of lonely) {
    const service = services.get(serviceOf(connection));
    if (service !== undefined && answered.has(id)) service.elsewhere++;
  }
  const told = lonely.flatMap(({ id, connection }): Unpaired[] => {
    const service = services.get(serviceOf(connection));
    const isLocal = local.has(connection.server.address) && service?.changed !== true;
    if (service === undefined && !isLocal) return [];
    const isCovered = covered(connection.start, connection.end);
    if (isCovered === null)
      return [
        { flow: id, confidence: 'certain', what: 'not-covered', message: "The server's tap was not capturing then." },
      ];
    if (answered.has(id)) {
      const message =
        `Somebody answered, but the server's tap has nothing of it: another server, or a box that ` +
        `answers in its name.`;
      return [
        {
          flow: id,
          confidence: isLocal && isCovered === 'proven' ? 'certain' : 'likely',
          what: 'answered-elsewhere',
          message,
        },
      ];
    }
    const confidence =
      isLocal && isCovered === 'proven' ? 'certain' : isLocal || service!.elsewhere === 0 ? 'likely' : 'possible';
    const { firstFrame, packets, resets } = client.connection(id);
    const count = packets.client;
    const refused = resets.find(({ by }) => by === 'server');
    const message =
      `Nothing that the client sent (${count} segment${count === 1 ? '' : 's'} from frame ${firstFrame}) came to ` +
      `the server's tap` +
      (refused === undefined
        ? ': it was lost or dropped on the way.'
        : `, and the RST in the server's name (frame ${refused.frame}) is not the server's: ` +
          'something between the taps refused it.');
    return [{ flow: id, confidence, what: 'never-arrived', message }];
  });
  return told.map((one) => (undecided.has(one.flow) ? { ...one, confidence: 'possible' } : one));
}

function serviceOf({ server: { address, port } }: Tuple): string {
  return `${address} ${port}`;
}

/** By more than a RST, which a box on the way may have sent as well. */
function isAnswered({ packets, resets }: Connection): boolean {
  return packets.server > resets.filter(({ by }) => by === 'server').length;
}
