/**
 * What a connection does, from its first packet to its last: generators that yield a step for each packet.
 *
 * @typedef {object} Step
 * @property {0 | 1} by who sends it
 * @property {number} flags
 * @property {number} [length] payload bytes
 * @property {number} wait microseconds after the step before
 * @property {boolean} [lost] the tap sees it, its receiver does not
 * @property {boolean} [unseen] its receiver gets it, the tap does not
 * @property {boolean} [again] the last bytes once more
 * @property {boolean} [probe] a keepalive
 * @property {number} [sequence] in place of the talker's own
 *
 * @typedef {object} Scene
 * @property {import('./random.mjs').Random} random
 * @property {number} roundTrip microseconds
 * @property {number} segments payload segments, both ways together
 * @property {() => number} length payload bytes of the next one
 * @property {() => void} reopen from here on the same five-tuple has new sequence numbers
 */
import { ACK, CLIENT, FIN, PSH, RST, SERVER, SYN } from './talk.mjs';

const SECOND = 1e6;
/** Linux' least retransmission timeout. */
const TIMEOUT = 200_000;

const LOSS = 0.004;
const REORDERED = 0.004;
const MISSED_BY_TAP = 0.0005;

function* handshake({ roundTrip }) {
  yield { by: CLIENT, flags: SYN, wait: 0 };
  yield { by: SERVER, flags: SYN | ACK, wait: roundTrip * 0.8 };
  yield { by: CLIENT, flags: ACK, wait: roundTrip * 0.2 };
}

/**
 * Request and response in turn, each acknowledged every second segment; some segments are lost, late, or missing in the
 * capture.
 */
function* exchange(scene) {
  const { random, roundTrip } = scene;
  let by = CLIENT;
  for (let left = scene.segments; left > 0;) {
    const burst = Math.min(left, by === CLIENT ? random.between(1, 2) : random.between(1, 8));
    for (let sent = 1; sent <= burst; sent += 1) {
      yield* segment(scene, by, sent === 1 ? roundTrip / 2 + random.exponential(roundTrip) : random.between(2, 60));
      if (sent % 2 === 0 || (sent === burst && left === burst)) yield { by: 1 - by, flags: ACK, wait: roundTrip * 0.4 };
    }
    left -= burst;
    by = 1 - by;
  }
}

function* segment({ random, length, roundTrip }, by, wait) {
  const step = { by, flags: ACK | (random.chance(0.5) ? PSH : 0), length: length() };
  const luck = random.fraction();
  if (luck < LOSS) {
    yield { ...step, wait, lost: true };
    yield { ...step, wait: TIMEOUT, again: true };
  } else if (luck < LOSS + REORDERED) {
    // Overtaken on its way to the tap: the listener's duplicate acknowledgment shows the gap, then the late one fills
    // it.
    yield { ...step, wait, unseen: true };
    yield { by: 1 - by, flags: ACK, wait: roundTrip * 0.4 };
    yield { ...step, wait: 20, again: true };
  } else {
    yield { ...step, wait, unseen: luck > 1 - MISSED_BY_TAP };
  }
}

function* fourWayClose({ random, roundTrip }, closer, delay) {
  yield { by: closer, flags: FIN | ACK, wait: random.exponential(roundTrip * 4) };
  yield { by: 1 - closer, flags: ACK, wait: roundTrip * 0.6 };
  yield { by: 1 - closer, flags: FIN | ACK, wait: delay };
  yield { by: closer, flags: ACK, wait: roundTrip * 0.4 };
}

function* threeWayClose({ random, roundTrip }, closer) {
  yield { by: closer, flags: FIN | ACK, wait: random.exponential(roundTrip * 4) };
  yield { by: 1 - closer, flags: FIN | ACK, wait: roundTrip * 0.6 };
  yield { by: closer, flags: ACK, wait: roundTrip * 0.4 };
}

const after = (close) => function* story(scene) {
  yield* handshake(scene);
  yield* exchange(scene);
  yield* close(scene);
};

const clientCloses = after((scene) => fourWayClose(scene, CLIENT, scene.random.exponential(scene.roundTrip)));
const serverCloses = after((scene) => fourWayClose(scene, SERVER, scene.random.exponential(scene.roundTrip)));
const inThreePackets = after((scene) => threeWayClose(scene, scene.random.between(CLIENT, SERVER)));

const bothAtOnce = after(function* close({ roundTrip }) {
  yield { by: CLIENT, flags: FIN | ACK, wait: roundTrip, lost: true };
  yield { by: SERVER, flags: FIN | ACK, wait: 10 };
  yield { by: CLIENT, flags: ACK, wait: roundTrip * 0.4 };
  yield { by: SERVER, flags: FIN | ACK, again: true, unseen: true, wait: 0 };
  yield { by: CLIENT, flags: FIN | ACK, again: true, unseen: true, wait: 0 };
  yield { by: SERVER, flags: ACK, wait: roundTrip * 0.2 };
});

const slowAnswer = after((scene) => fourWayClose(scene, CLIENT, scene.random.between(6 * SECOND, 30 * SECOND)));

const linger = after(function* close({ random, roundTrip }) {
  yield { by: random.between(CLIENT, SERVER), flags: RST | ACK, wait: random.exponential(roundTrip * 4) };
});

/** The client closes, the server writes on. */
const pushAfterClose = after(function* close({ random, roundTrip, length }) {
  yield { by: CLIENT, flags: FIN | ACK, wait: roundTrip };
  yield { by: SERVER, flags: ACK, wait: roundTrip * 0.6 };
  yield { by: SERVER, flags: PSH | ACK, length: length(), wait: random.exponential(SECOND), lost: true };
  yield { by: CLIENT, flags: RST, wait: roundTrip * 0.4 };
});

const unreadData = after(function* close({ roundTrip, length }) {
  yield { by: CLIENT, flags: PSH | ACK, length: length(), wait: roundTrip };
  yield { by: SERVER, flags: RST | ACK, wait: 100 };
});

const leak = after(function* close({ roundTrip }) {
  yield { by: CLIENT, flags: FIN | ACK, wait: roundTrip };
  yield { by: SERVER, flags: ACK, wait: roundTrip * 0.6 };
});

const stillOpen = after(function* close() {});

function* fromTheMiddle(scene) {
  for (const step of handshake(scene)) yield { ...step, unseen: true };
  yield* exchange(scene);
  yield* fourWayClose(scene, CLIENT, scene.roundTrip);
}

function* refused({ roundTrip }) {
  yield { by: CLIENT, flags: SYN, wait: 0 };
  yield { by: SERVER, flags: RST | ACK, sequence: 0, wait: roundTrip * 0.8 };
}

function* unanswered() {
  yield { by: CLIENT, flags: SYN, wait: 0, lost: true };
  for (const wait of [SECOND, 2 * SECOND, 4 * SECOND]) yield { by: CLIENT, flags: SYN, wait, again: true, lost: true };
}

/** The path breaks: data is sent again, twice as late each time. */
const gone = after(function* close({ length }) {
  const step = { by: SERVER, flags: PSH | ACK, length: length(), lost: true };
  yield { ...step, wait: 1000 };
  for (let wait = TIMEOUT; wait < 30 * SECOND; wait *= 2) yield { ...step, wait, again: true };
});

const keepalives = after(function* close({ random }) {
  const interval = random.between(5 * SECOND, 15 * SECOND);
  for (let probe = 0; probe < 6; probe += 1) yield { by: CLIENT, flags: ACK, probe: true, wait: interval, lost: true };
  yield { by: CLIENT, flags: RST | ACK, wait: interval };
});

/** A client that connects from its ports again while it is in TIME-WAIT there. */
function* reused(scene) {
  yield* clientCloses(scene);
  scene.reopen();
  const [syn, ...rest] = handshake(scene);
  yield { ...syn, wait: scene.random.between(SECOND / 10, 20 * SECOND) };
  yield* rest;
  yield* fourWayClose(scene, CLIENT, scene.roundTrip);
}

/** Every kind of connection, and how many of a thousand are so. */
export const STORIES = [
  [420, clientCloses], [250, serverCloses], [130, inThreePackets], [10, bothAtOnce],
  [45, linger], [15, pushAfterClose], [15, unreadData], [15, leak], [10, slowAnswer],
  [20, refused], [20, unanswered], [20, stillOpen], [10, fromTheMiddle], [10, reused],
  [5, gone], [5, keepalives],
];
