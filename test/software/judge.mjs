/**
 * Holds what lastack says of a recording against what was done there, and against the kernel's reasons for its RSTs.
 * The records are those of `report -f ndjson`; the truth is what recording.mjs answers.
 */
import { readFileSync } from 'node:fs';

/** The causes that a reason of the kernel can be, as the recordings in test/truth are scored. */
const FITS = JSON.parse(readFileSync(new URL('../truth/reasons.json', import.meta.url), 'utf8'));

/** Reasons of the two ways in which close() resets: where lastack says `abort`, it says "one of these". */
const OF_CLOSE = ['TCP_STATE', 'TCP_ABORT_ON_CLOSE'];

/** Reasons of a RST that answers nothing: of close(), of disconnect(), of a timer. */
const ACTIVE = [...OF_CLOSE, 'TCP_KEEPALIVE_TIMEOUT', 'TCP_DISCONNECT_WITH_DATA'];

/** What a RST can be whose reason the kernel gave without a remote end: the answer of a port. */
const OF_A_PORT = ['closed-peer', 'no-socket', 'fin-wait-2-expired', 'echo', 'challenge', 'refused'];

/** Seconds between the kernel's note of a RST and its capture, as in test/truth. */
const NEAR = 0.05;

/** How far the seconds that are told may be from those that were set. */
const SECONDS_OFF = 0.02;

const LOUD = ['warning', 'error'];

/**
 * What is wrong with what was said, in words: `noise` of a healthy recording, `silence` where a fault was not told,
 * `diagnosis` where the story is missing or wrong, `twice` where two stories are of one fault, `left` where findings
 * stand beside a story that should explain them. An empty object where all is well. Diagnoses are judged only where
 * there are to be any.
 */
export function faultsOf(truth, records, { diagnoses = true } = {}) {
  const found = records.filter(({ type }) => type === 'finding');
  const told = records.filter(({ type }) => type === 'diagnosis');
  const faults = {};
  if (truth.healthy) {
    const loud = [...found, ...told].filter(({ severity }) => LOUD.includes(severity));
    if (loud.length > 0) faults.noise = counted(loud);
  } else {
    const { findings, diagnosis } = truth.truth;
    // A story tells too: what it explains need not be told again.
    const heard =
      found.some((finding) => findings.some((expected) => isOf(finding, expected))) ||
      told.some((one) => isStory(one, diagnosis));
    if (!heard) faults.silence = `none of ${findings.join(', ')}${found.length > 0 ? `; said: ${counted(found)}` : ''}`;
  }
  const lack = diagnoses ? wrongStory(truth, told) : null;
  if (lack !== null) faults.diagnosis = lack;
  const twice = toldTwice(told);
  if (twice !== null) faults.twice = twice;
  const left = told.length === 0 ? [] : found.filter((one) => LOUD.includes(one.severity) && !one.explainedBy);
  if (!truth.healthy && left.length > 0) faults.left = counted(left);
  return faults;
}

/** Which two stories of a warning or above are of the same connections, in words; null where no two are. */
function toldTwice(told) {
  const loud = told.filter(({ severity }) => LOUD.includes(severity));
  for (const [place, { id, streams }] of loud.entries()) {
    const other = loud.slice(0, place).find((before) => before.streams.some((stream) => streams.includes(stream)));
    if (other !== undefined) return `${other.id} and ${id} are of the same connections`;
  }
  return null;
}

/**
 * Of the causes told as certain and as likely, how many the kernel confirms: `{ certain: { right, of, wrong: [] },
 * likely: … }`.
 */
export function causesOf(truth, records) {
  const tallies = { certain: { right: 0, of: 0, wrong: [] }, likely: { right: 0, of: 0, wrong: [] } };
  const notes = notesByEnd(truth.resets);
  const routers = new Set(truth.addresses.router.map(plain));
  for (const flow of records.filter(({ type }) => type === 'flow')) {
    for (const reset of flow.resets) {
      const tally = tallies[reset.confidence];
      const reasons = reasonsFor(reset, flow, notes, routers);
      if (tally === undefined || reasons.length === 0) continue;
      tally.of++;
      // A gateway that answers for what is behind it sends its RST in the other's name.
      const byBox = reset.cause === 'forged' && routers.has(plain(flow[reset.by].address));
      const right = byBox || reasons.some((reason) => fits(reset.cause, reason));
      if (right) tally.right++;
      else tally.wrong.push(`stream ${flow.stream} frame ${reset.frame}: ${reset.cause}, kernel: ${reasons.join()}`);
    }
  }
  return tallies;
}

function isOf({ id, cause }, expected) {
  return expected === 'any' || expected === id || expected === `${id}/${cause}`;
}

function isStory({ id }, diagnosis = []) {
  return [diagnosis].flat().includes(id);
}

/** Why none of the diagnoses is the story that was played, in words; null where one is. */
function wrongStory({ truth, addresses }, told) {
  const { diagnosis, by, seconds } = truth;
  if (diagnosis === undefined) return null;
  const right = told.filter((one) => isStory(one, diagnosis));
  if (right.length === 0) {
    const others = told.length > 0 ? `; said: ${told.map(({ id }) => id).join(', ')}` : '';
    return `no ${either(diagnosis)}${others}`;
  }
  const doers =
    by === undefined
      ? null
      : [by]
          .flat()
          .flatMap((host) => addresses[host])
          .map(plain);
  const ofThem = doers === null ? right : right.filter((one) => doers.includes(plain(one.by?.address ?? '')));
  if (ofThem.length === 0) {
    const blamed = right.map((one) => one.by?.address ?? 'nobody').join(', ');
    return `${right[0].id} is told of ${blamed}, and it is the ${either(by)}`;
  }
  if (seconds === undefined || ofThem.some(({ numbers }) => within(numbers?.seconds, seconds))) return null;
  const said = ofThem.map(({ numbers }) => numbers?.seconds ?? 'no').join(', ');
  return `${ofThem[0].id} of ${said} s, and it was ${[seconds].flat().join(' to ')} s`;
}

function either(names) {
  return [names].flat().join(' or ');
}

/**
 * `set` is what was set, or the bounds between which the software keeps to it: many look at their timers once a
 * second.
 */
function within(told, set) {
  const [least, most] = Array.isArray(set) ? set : [set, set];
  return told >= least * (1 - SECONDS_OFF) && told <= most * (1 + SECONDS_OFF);
}

function notesByEnd(resets) {
  const notes = new Map();
  for (const { t, local, remote, reason } of resets) {
    const [address, port] = local.split('|');
    const key = `${plain(address)}|${port}`;
    const [peer, peerPort] = remote.split('|');
    if (!notes.has(key)) notes.set(key, []);
    notes.get(key).push({ t, reason, peer: plain(peer), peerPort: Number(peerPort) });
  }
  return notes;
}

/**
 * The reasons that a RST on the wire can have: of that socket, near in time, of the kind (active or not) it was told
 * to be where there is one. `null` is the answer of a port. None where the kernel of neither host noted it, as of a
 * RST that a box has sent.
 */
function reasonsFor(reset, flow, notes, routers) {
  const [own, other] = reset.by === 'client' ? [flow.client, flow.server] : [flow.server, flow.client];
  const near = (notes.get(`${plain(own.address)}|${own.port}`) ?? []).filter(
    ({ t }) => Math.abs(t - reset.time) < NEAR,
  );
  // Behind a gateway that translates, the other end of the socket is the gateway.
  const sent = near.filter(
    ({ peer, peerPort }) => peerPort === other.port && (peer === plain(other.address) || routers.has(peer)),
  );
  const kind = sent.filter(({ reason }) => ACTIVE.includes(reason) === (reset.shape === 'active'));
  const answers = reset.shape === 'active' ? [] : near.filter(({ peerPort }) => peerPort === 0).map(() => null);
  // A note is of one RST: where the same end sent another one of the note's kind, it is of that one.
  const isOfAnother = ({ t, reason }) =>
    flow.resets.some(
      ({ by, frame, shape, time }) =>
        by === reset.by && frame !== reset.frame && Math.abs(t - time) < NEAR &&
        ACTIVE.includes(reason) === (shape === 'active'),
    );
  // Where there are fewer notes than RSTs of a kind, and others have these reasons, the socket was gone by then: it is
  // the answer of the port.
  const alike = flow.resets.filter(
    ({ by, shape, time }) => by === reset.by && shape === reset.shape && Math.abs(time - reset.time) < NEAR,
  );
  const isOfThePort =
    reset.shape !== 'active' && kind.length < alike.length && !kind.some(({ reason }) => fits(reset.cause, reason)) &&
    kind.every(({ reason }) => alike.some((other) => other !== reset && fits(other.cause, reason)));
  const reasons =
    kind.length + answers.length > 0
      ? [...(isOfThePort ? [null] : kind.map(({ reason }) => reason)), ...answers]
      : sent.filter((note) => !isOfAnother(note)).map(({ reason }) => reason);
  return reasons.filter((reason) => reason === null || reason in FITS);
}

function fits(cause, reason) {
  if (reason === null) return OF_A_PORT.includes(cause);
  return FITS[reason].includes(cause) || (cause === 'abort' && OF_CLOSE.includes(reason));
}

/** 3 x rst-after-push/closed-peer (error), 1 x … */
function counted(list) {
  const counts = new Map();
  for (const { id, cause, severity } of list) {
    const name = `${id}${cause ? `/${cause}` : ''} (${severity})`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} x ${name}`).join(', ');
}

/** An address in one spelling: without brackets, zeros of IPv6 shortened as the WHATWG writes hosts. */
function plain(address) {
  const bare = address.replace(/[[\]]/g, '');
  return bare.includes(':') ? new URL(`http://[${bare}]`).hostname.slice(1, -1).replace(/^::ffff:.*$/, bare) : bare;
}
