import { groupsBy } from '../base/groups.js';
import { SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import type { Finding } from '../findings/index.js';
import { PAUSED_ADVICE } from '../findings/stalled-reader.js';
import { MANY_CLIENTS, clientsInWords, everyone, inSeconds, place, seconds, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { name } from './idle-limit.js';
import { joined } from './passed-on.js';
import type { PassedOn } from './passed-on.js';
import { serverSoftware } from './software.js';

/** So long nobody waits on purpose: it is half of what most programs wait at most before they give a peer up. */
const VERY_LONG: Duration = 30 * SECOND;

/** So many that no program has touched are no accident; and for which part of their time. */
const MANY = 3;
const MOST = 0.9;

/** An end whose window stands at 0 while its peer has more for it. */
export const stalledReader: DiagnosisDetector = {
  id: 'stalled-reader',
  title: 'Stalled reader',
  explains: {
    'stalled-reader': [],
    'linger-reset': [],
    'half-closed': ['slow', 'killed'],
    'half-open': [],
    'unanswered-request': [],
    'unacknowledged-fin': [],
    'rst-after-push': [],
    'unexpected-reset': [],
    // A writer that gives up in the middle of its message cuts it off (nginx `send_timeout`).
    'incomplete-message': [],
  },
  detect(scene) {
    const stories = scene.services.flatMap((service) => {
      const stalled: Stalled[] = [];
      for (const facts of scene.freeFound(service, 'stalled-reader'))
        for (const finding of scene.findingsOf(facts))
          if (finding.id === 'stalled-reader') stalled.push({ facts, finding });
      const byServer = stalled.filter(({ finding }) => finding.role !== 'client');
      const byClients = [
        ...groupsBy(stalled.filter(({ finding }) => finding.role === 'client'), ({ facts }) => facts.client).values(),
      ];
      const groups = [byServer, ...(byClients.length < MANY_CLIENTS ? byClients : [byClients.flat()])];
      return groups
        .filter((own) => own.length > 0)
        .map((own) => ({ stalled: own, detected: told(scene, service, own) }));
    });
    return joined(stories.map(({ detected }) => detected), passedOn(stories));
  },
};

interface Stalled {
  readonly facts: Facts;
  readonly finding: Finding;
}

interface Story {
  readonly stalled: readonly Stalled[];
  readonly detected: Detected;
}

/** A proxy that has no room for more stops reading as soon as its own client does (its buffers are full). */
const BUFFERED: Duration = SECOND;

/**
 * Proxies that do not read on, since the clients that they pass it on to do not, and stand still all the while.
 */
function passedOn(stories: readonly Story[]): PassedOn[] {
  return stories.flatMap(({ stalled: own, detected: far }) => {
    if (far.by.role !== 'client' || far.service === null) return [];
    const starts = own.map(({ finding }) => finding.start);
    const near = stories.find(
      ({ stalled, detected }) =>
        detected.by.role === 'client' && detected.service?.address === far.by.address &&
        isDuring(stalled, Math.min(...starts), Math.max(...starts)),
    );
    const words = `${far.by.address} stops reading what ${place(far.service)} has for it meanwhile`;
    return near === undefined ? [] : [{ far, near: near.detected, words }];
  });
}

/** Whether one of these had begun to stand still by then, and one stood still until then. */
function isDuring(stalled: readonly Stalled[], from: Time, until: Time): boolean {
  return (
    stalled.some(({ finding: { start } }) => start <= from + BUFFERED) &&
    stalled.some(({ finding: { end } }) => end === null || end >= until)
  );
}

/**
 * Whether no program has ever touched it: not a word of the server, and a window that shut when a kernel's buffer was
 * full, which fills whoever reads (RFC 9293 §3.8.6.3), and has stood at 0 for most of the time since.
 */
function isUntouched({ bytes, hasClosedWindow, closedWindow, established }: Facts, now: Time): boolean {
  return bytes[1] === 0 && hasClosedWindow[1] && closedWindow[1] >= MOST * (now - established);
}

function longestOf(stalled: readonly Stalled[], reader: 0 | 1): Duration {
  return Math.max(...stalled.map(({ finding, facts }) => Math.max(finding.duration, facts.closedWindow[reader])));
}

function told(scene: Scene, service: Service, stalled: readonly Stalled[]): Detected {
  const { role } = stalled[0]!.finding;
  const [reader, writer] = role === 'client' ? ([0, 1] as const) : ([1, 0] as const);
  const members = stalled.map(({ facts }) => facts);
  const { client, server } = members[0]!;
  const clients = new Set(members.map((facts) => facts.client));
  const readers = role === 'client' ? clients.size : 1;
  const [who, whom] =
    role === 'client' ? [clientsInWords(clients), place(service)] : [place(service), several(clients.size, 'client')];
  // Each time that the window was shut: of some programs it opens and shuts again.
  const longest = longestOf(stalled, reader);
  const harmed = stalled.filter(({ finding: { severity } }) => severity !== 'info');
  const isPause = harmed.length === 0;
  // A client whose window is still shut may read on, and one that left had stopped to read for itself.
  const grave = harmed.filter(({ facts: { closer } }) => role === 'server' || closer === writer);
  const givenUp = members.filter(
    ({ closer, hasClosedWindow, closedByReset }) => closer === writer && (hasClosedWindow[reader] || closedByReset),
  ).length;
  const open = members.filter(({ closer, hasClosedWindow }) => closer === -1 && hasClosedWindow[reader]).length;
  const of = everyone(service).filter(
    (facts) => (role === 'server' || clients.has(facts.client)) && facts.bytes[writer] > 0,
  ).length;
  const isMute =
    role === 'server' && members.length >= MANY && members.every((facts) => isUntouched(facts, scene.end));
  const outcome =
    givenUp > 0
      ? `; ${role === 'client' ? 'the server' : 'the client'} gave ${givenUp} up`
      : open > 0
        ? `; ${open} still stand`
        : isPause
          ? `; then ${readers === 1 ? 'it reads' : 'they read'} on`
          : '';
  return {
    severity: isPause ? 'info' : givenUp > 0 || longestOf(grave, reader) >= VERY_LONG ? 'error' : 'warning',
    confidence: 'likely',
    service: { address: service.address, port: service.port },
    by: { role, address: role === 'client' ? client : server },
    message:
      `${who}${role === 'server' ? name(serverSoftware(scene, service, members)) : ''} ` +
      `${readers === 1 ? 'does' : 'do'} not read for ` +
      `${seconds(longest)} what ${whom} ${role === 'client' || clients.size === 1 ? 'has' : 'have'} for ${readers === 1 ? 'it' : 'them'}: window 0 ` +
      `on ${members.length} of ${several(of, 'connection')}${outcome}` +
      `${isMute ? '; it has never said a word on any of them: nobody seems to call accept()' : ''}.`,
    advice: isPause ? PAUSED_ADVICE : [
      `See what the reading process of ${role === 'client' ? who : server} did then: stopped (SIGSTOP, ` +
        `debugger), a slow consumer or a full disk behind it, a lock; or it never reads there again and should close.`,
      'Bound the wait at the end that writes: `send_timeout` (nginx), `timeout client` (HAProxy), ' +
        '`client-output-buffer-limit` (redis), `TCP_USER_TIMEOUT`.',
    ],
    numbers: {
      connections: members.length,
      matching: members.length,
      of,
      seconds: inSeconds(longest),
      ...(givenUp > 0 ? { givenUp } : {}),
      ...(readers > 1 ? { clients: readers } : {}),
    },
    refutes:
      `a window that opened, in segments that were not captured${open > 0 ? ', or opens behind the end of the capture' : ''}`,
    members,
  };
}
