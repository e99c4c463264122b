/**
 * Whether a report says what must be said of a case, by its meaning: names, roles, numbers and patterns, not one
 * wording.
 *
 * An expectation is an object of the fields of `FIELDS`; a report is `{ records, text, exit }`. test/world/README.md
 * explains each field.
 */

const SEVERITIES = ['info', 'warning', 'error'];
const CONFIDENCES = ['possible', 'likely', 'certain'];

const text = (of) => (want, record) => list(want).includes(of(record));
const pattern = (of) => (want, record) => list(want).every((each) => regExp(each).test(of(record)));
const number = (of) => (want, record) => fits(want, of(record));
const atLeast = (scale, of) => (want, record) => scale.indexOf(of(record)) >= scale.indexOf(want);

/** What can be asked of a finding. */
const FINDING = {
  id: text(({ id }) => id),
  cause: text(({ cause }) => cause),
  severity: text(({ severity }) => severity),
  severityAtLeast: atLeast(SEVERITIES, ({ severity }) => severity),
  confidence: text(({ confidence }) => confidence),
  confidenceAtLeast: atLeast(CONFIDENCES, ({ confidence }) => confidence),
  role: text(({ role }) => role),
  service: (want, { service }) => list(want).some((each) => names(each, service)),
  stream: text(({ stream }) => stream),
  seconds: number(({ duration }) => duration),
  frames: (want, { frames }) => want.every((frame) => frames.includes(frame)),
  message: pattern(({ message }) => message),
  advice: pattern(({ advice }) => advice.join('\n')),
  neverAdvice: (want, { advice }) => list(want).every((each) => !regExp(each).test(advice.join('\n'))),
  evidence: pattern(({ evidence }) => JSON.stringify(evidence)),
};

/** What can be asked of a diagnosis. */
const DIAGNOSIS = {
  id: FINDING.id,
  severity: FINDING.severity,
  severityAtLeast: FINDING.severityAtLeast,
  confidence: FINDING.confidence,
  confidenceAtLeast: FINDING.confidenceAtLeast,
  role: text(({ by }) => by?.role),
  address: text(({ by }) => by?.address),
  service: (want, { service }) => list(want).some((each) => names(each, service)),
  numbers: (want, { numbers }) => Object.entries(want).every(([key, each]) => fits(each, numbers?.[key])),
  flows: number(({ flows }) => flows),
  explains: (want, { explains }) => want.every((each) => explains?.includes(each)),
  message: FINDING.message,
  advice: FINDING.advice,
  neverAdvice: FINDING.neverAdvice,
};

/** What can be asked of a connection. */
const FLOW = {
  stream: text(({ stream }) => stream),
  frame: (want, { firstFrame, lastFrame }) => firstFrame <= want && want <= lastFrame,
  client: (want, { client }) => names(want, client),
  server: (want, { server }) => names(want, server),
  roles: text(({ roles }) => roles),
  ending: text(({ ending }) => ending),
  closer: text(({ closer }) => closer),
  packets: number(({ packets }) => packets.client + packets.server),
  firstFrame: number(({ firstFrame }) => firstFrame),
  lastFrame: number(({ lastFrame }) => lastFrame),
  clientWas: (want, { states }) => list(want).every((state) => passed(states.client, state)),
  clientWasNot: (want, { states }) => list(want).every((state) => !passed(states.client, state)),
  serverWas: (want, { states }) => list(want).every((state) => passed(states.server, state)),
  serverWasNot: (want, { states }) => list(want).every((state) => !passed(states.server, state)),
  clientEndsIn: (want, { states }) => list(want).includes(states.client.at(-1)?.state),
  serverEndsIn: (want, { states }) => list(want).includes(states.server.at(-1)?.state),
};

/** What can be asked of a RST. */
const RESET = {
  by: text(({ by }) => by),
  stream: text(({ stream }) => stream),
  frame: text(({ frame }) => frame),
  cause: text(({ cause }) => cause),
  shape: text(({ shape }) => shape),
  confidence: FINDING.confidence,
  confidenceAtLeast: FINDING.confidenceAtLeast,
  accepted: text(({ accepted }) => accepted),
  trigger: text(({ trigger }) => trigger),
  lostBytes: (want, { lostBytes }) => Object.entries(want).every(([role, each]) => fits(each, lostBytes[role])),
  evidence: pattern(({ evidence }) => evidence.join('\n')),
};

const NUMBERS = ['packets', 'tcpPackets', 'bytes', 'skipped'];

/** What an expectation says to its reader, and asks of nobody. */
const REMARKS = new Set(['why', 'notYet']);

const FIELDS = {
  findings: (wants, { findings }) => wants.flatMap((want) => needs('finding', FINDING, want, findings)),
  diagnoses: (wants, { diagnoses }) => wants.flatMap((want) => needs('diagnosis', DIAGNOSIS, want, diagnoses)),
  flows: (wants, { flows }) => wants.flatMap((want) => needs('connection', FLOW, want, flows)),
  resets: (wants, { resets }) => wants.flatMap((want) => needs('RST', RESET, want, resets)),
  forbid: (wants, { findings }) => wants.flatMap((want) => forbids('finding', FINDING, want, findings)),
  forbidDiagnoses: (wants, { diagnoses }) => wants.flatMap((want) => forbids('diagnosis', DIAGNOSIS, want, diagnoses)),
  forbidFlows: (wants, { flows }) => wants.flatMap((want) => forbids('connection', FLOW, want, flows)),
  forbidResets: (wants, { resets }) => wants.flatMap((want) => forbids('RST', RESET, want, resets)),
  ending: (want, { flows }) => {
    const others = flows.filter(({ ending }) => !list(want).includes(ending));
    return others.map(({ stream, ending }) => `stream ${stream} is ${ending}, not ${list(want).join(' or ')}`);
  },
  says: (wants, report) =>
    wants.flatMap((want) => (says(want, report) ? [] : [`the report does not say ${describe(want)}`])),
  neverSays: (wants, report) =>
    wants.flatMap((want) => (says(want, report) ? [`the report says ${describe(want)}`] : [])),
  maxSeverity: (want, { findings, diagnoses }) => {
    const worse = [...findings, ...diagnoses].filter(
      ({ severity }) => SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(want),
    );
    return worse.length === 0
      ? []
      : [
          `${worse.length} of more than ${want}: ${tally(worse)}`,
        ];
  },
  capture: (want, { capture }) =>
    Object.entries(want).flatMap(([key, each]) => {
      const value =
        key === 'skipped' ? Object.values(capture.skipped).reduce((sum, count) => sum + count, 0) : capture[key];
      return fits(each, value) ? [] : [`${key} of the capture is ${value}, not ${JSON.stringify(each)}`];
    }),
  exit: (want, { exit }) => (exit === want ? [] : [`the exit status is ${exit}, not ${want}`]),
  anyOf: (wants, report) => {
    const missing = wants.map((want) => missingOf(want, report));
    return missing.some((lines) => lines.length === 0)
      ? []
      : [`none of: ${missing.map((lines) => lines.join('; ')).join(' | ')}`];
  },
};

/** What the report lacks of `wants`, or says against it: a line each; none where all is well. */
export function judge(wants, { records, text, exit }) {
  const of = (type) => records.filter((record) => record.type === type);
  const flows = of('flow');
  const resets = flows.flatMap(({ stream, resets }) => resets.map((reset) => ({ ...reset, stream })));
  return missingOf(wants, {
    capture: of('capture')[0],
    flows,
    resets,
    findings: of('finding'),
    diagnoses: of('diagnosis'),
    text,
    exit,
  });
}

function missingOf(wants, report) {
  return Object.entries(wants).flatMap(([field, want]) => (REMARKS.has(field) ? [] : FIELDS[field](want, report)));
}

/**
 * Whether an expectation asks for anything, and only for what can be asked: a misspelt field would be held by every
 * report.
 *
 * @throws {Error} with what is wrong.
 */
export function checkExpectation(wants) {
  const known = {
    findings: FINDING,
    forbid: FINDING,
    diagnoses: DIAGNOSIS,
    forbidDiagnoses: DIAGNOSIS,
    flows: FLOW,
    forbidFlows: FLOW,
    resets: RESET,
    forbidResets: RESET,
  };
  const fields = Object.keys(wants).filter((field) => !REMARKS.has(field));
  if (fields.length === 0) throw new Error('the expectation asks for nothing');
  for (const field of fields) {
    if (!Object.hasOwn(FIELDS, field)) throw new Error(`${field}: no such field`);
    if (field === 'anyOf') wants.anyOf.forEach(checkExpectation);
    if (field === 'capture') checkKeys('capture', wants.capture, NUMBERS);
    if (Object.hasOwn(known, field))
      for (const want of wants[field])
        checkKeys(field, want, [...Object.keys(known[field]), ...(field.startsWith('forbid') ? [] : ['count'])]);
  }
}

function checkKeys(field, want, known) {
  const unknown = Object.keys(want).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new Error(`${field}: cannot ask for ${unknown}`);
}

/** At least one record that is all of `want`, or as many as its `count` says. */
function needs(what, questions, { count = { min: 1 }, ...want }, records) {
  const found = records.filter((record) => matches(questions, want, record)).length;
  if (fits(count, found)) return [];
  return [
    found === 0
      ? `no ${what} ${JSON.stringify(want)}`
      : `${found} of ${what} ${JSON.stringify(want)}, not ${JSON.stringify(count)}`,
  ];
}

function forbids(what, questions, want, records) {
  const found = records.filter((record) => matches(questions, want, record));
  return found.length === 0 ? [] : [`${what} that must not be there, ${found.length} times: ${JSON.stringify(want)}`];
}

function matches(questions, want, record) {
  return Object.entries(want).every(([key, each]) => questions[key](each, record));
}

/** A number as `5`, `{ "about": 5, "within": 0.02 }` (a fraction of it), or `{ "min": 1, "max": 3 }`. */
function fits(want, value) {
  if (typeof value !== 'number') return false;
  if (typeof want === 'number') return value === want;
  const { about, within = 0.02, min = -Infinity, max = Infinity } = want;
  if (about !== undefined) return Math.abs(value - about) <= Math.abs(about) * within;
  return value >= min && value <= max;
}

/** An endpoint as `198.51.100.20:443`, `[2001:db8::1]:443`, an address alone, or `:443`. */
function names(want, endpoint) {
  if (!endpoint) return false;
  const { address, port } = endpoint;
  return [address, `${address}:${port}`, `[${address}]:${port}`, `:${port}`].includes(want);
}

function passed(states, state) {
  return states.some((entry) => entry.state === state);
}

/** A pattern over the text report, or its first `lines` lines that are not empty. Joined, as reports break lines. */
function says(want, { text }) {
  const { pattern, lines = Infinity } = typeof want === 'string' ? { pattern: want } : want;
  const kept = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return regExp(pattern).test(kept.slice(0, lines).join(' '));
}

function describe(want) {
  return typeof want === 'string' ? `/${want}/` : `/${want.pattern}/ in its first ${want.lines} lines`;
}

function regExp(pattern) {
  return new RegExp(pattern, 'is');
}

function list(value) {
  return Array.isArray(value) ? value : [value];
}

function tally(records) {
  const counts = new Map();
  for (const { id, cause } of records) {
    const name = cause ? `${id} ${cause}` : id;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${name} (${count})`).join(', ');
}
