import type { LadderRow, State, Time } from '../../analysis/model.js';
import { SECOND } from '../../base/time.js';
import { options, segment } from '../ladder.js';
import { bytes, counted, lasting, socketAddress } from '../quantities.js';
import { type Content, type Markup, markup } from './markup.js';
import { type Rung, rungs } from './rungs.js';
import type { Sample } from './samples.js';
import { label, line, path, rectangle, svg } from './svg.js';

/** Where things stand, from left to right. */
const TIME = 80;
const FRAME = 150;
const CLIENT = 258;
const SERVER = 624;
const MIDDLE = (CLIENT + SERVER) / 2;
const WIDTH = 738;
/** Width of a lane, and the distance from a lane to what is beside it. */
const LANE = 6;
const BESIDE = 9;
const HEAD = 44;

const LANES: Readonly<Record<State, string>> = {
  CLOSED: 'rule', 'SYN-SENT': 'opening', 'SYN-RECEIVED': 'opening', ESTABLISHED: 'established',
  'FIN-WAIT-1': 'fin-wait', 'FIN-WAIT-2': 'fin-wait', CLOSING: 'fin-wait', 'TIME-WAIT': 'time-wait',
  'CLOSE-WAIT': 'close-wait', 'LAST-ACK': 'close-wait',
};

/**
 * One connection drawn: time downwards, a lane for each endpoint in the colour of its state, the segments between them.
 */
export function ladderFigure({ finding, connection, rows }: Sample, id: string): Markup {
  const { client, server, stream, states } = connection;
  const steps = rungs(connection, rows, finding.frames, connection.observedUntil);
  const title = `Stream ${stream} segment by segment`;
  const last = steps.at(-1)?.states ?? { client: 'CLOSED', server: 'CLOSED' };
  const description = `${counted(rows.length, 'segment')} between the client ${socketAddress(client)} and the server ` +
    `${socketAddress(server)}. ` +
    `States of the client: ${names(states.client)}. States of the server: ${names(states.server)}. At the end: ` +
      `client ${last.client}, server ${last.server}.`;
  let y = HEAD;
  const placed = steps.map((step) => {
    const at = y;
    y += height(step);
    return { step, at };
  });
  const head = [
    ...headers(`client ${socketAddress(client)}`, `server ${socketAddress(server)}`),
    label(TIME, 34, 'seconds', { anchor: 'end', className: 'quiet' }),
    label(FRAME, 34, 'frame', { anchor: 'end', className: 'quiet' }),
  ];
  const start = rows[0]?.time ?? 0;
  const shown = new Set(finding.frames);
  const drawing = svg(
    { id, title, description, width: WIDTH, height: y + 4, role: 'group' },
    [head, lanes(placed, y), placed.map(({ step, at }, index) => rung(step, steps[index - 1], at, start, shown))],
  );
  return markup`<figure class="ladder">
<figcaption><strong>${title}</strong> Time runs downwards; a lane has the colour of its endpoint's state. Frames marked ▸ carry the finding.</figcaption>
<div class="scroll" role="region" aria-label="${title}: ${finding.id} at ${socketAddress(finding.service)}" tabindex="0">
${drawing}</div></figure>
`;
}

/** Letters of a header that fit around its lane. */
const FITTING = 36;

/** The endpoints above their lanes; where an IPv6 address is too long for that, at the edges. */
function headers(client: string, server: string): Markup[] {
  const fit = Math.max(client.length, server.length) <= FITTING;
  return fit
    ? [label(CLIENT, 14, client, { anchor: 'middle' }), label(SERVER, 14, server, { anchor: 'middle' })]
    : [label(0, 14, client), label(WIDTH, 14, server, { anchor: 'end' })];
}

interface Placed {
  readonly step: Rung;
  readonly at: number;
}

function height(step: Rung): number {
  if (step.kind !== 'segment') return 26;
  return remark(step.row) === '' ? 26 : 39;
}

/** Where on a rung the segment passes and the state changes. */
const SHAFT = 17;

function lanes(placed: readonly Placed[], bottom: number): Content {
  return (['client', 'server'] as const).map((role) => {
    const x = role === 'client' ? CLIENT : SERVER;
    const from = placed[0]?.at ?? HEAD;
    const runs: { state: State; y: number }[] = [];
    for (const { step, at } of placed)
      if (runs.at(-1)?.state !== step.states[role]) runs.push({ state: step.states[role], y: at + SHAFT });
    return [
      line(x, from, x, bottom, 'axis'),
      runs.map(
        ({ state, y }, index) =>
          state !== 'CLOSED' &&
          rectangle(x - LANE / 2, y, LANE, (runs[index + 1]?.y ?? bottom) - y, `fill-${LANES[state]}`),
      ),
    ];
  });
}

function rung(step: Rung, before: Rung | undefined, y: number, start: Time, shown: ReadonlySet<number>): Markup {
  const shaft = y + SHAFT;
  const { client, server } = step.states;
  return markup`<g>${[
    step.kind !== 'fold' && step.kind !== 'pause' &&
      label(TIME, shaft + 4, ((step.time - start) / SECOND).toFixed(6), { anchor: 'end', className: 'quiet' }),
    client !== before?.states.client && label(CLIENT - BESIDE, shaft + 4, client, { anchor: 'end' }),
    server !== before?.states.server && label(SERVER + BESIDE, shaft + 4, server),
    step.kind === 'segment'
      ? [frame(step.row, shaft, shown), arrow(step.row, shaft)]
      : label(MIDDLE, step.kind === 'fold' || step.kind === 'pause' ? shaft - 2 : shaft + 4, words(step), {
          anchor: 'middle', className: 'quiet',
        }),
  ]}</g>
`;
}

/** What stands between the lanes where no segment does. */
function words(step: Exclude<Rung, { kind: 'segment' }>): string {
  if (step.kind === 'fold') {
    const { client, server } = step.bytes;
    const data = [client > 0 && `${bytes(client)} →`, server > 0 && `← ${bytes(server)}`].filter(
      (part) => part !== false,
    );
    return `${counted(step.segments, 'segment')} in ` +
      `${lasting(step.lasting)}${data.length > 0 ? `: ${data.join(', ')}` : ''}`;
  }
  if (step.kind === 'pause') return `${lasting(step.lasting)} of silence`;
  return step.kind === 'timer' ? `a timer of the ${step.role} runs out; no packet shows it` : 'the capture ends';
}

function frame({ frame }: LadderRow, y: number, shown: ReadonlySet<number>): Markup {
  return shown.has(frame)
    ? label(FRAME, y + 4, `▸ ${frame}`, { anchor: 'end', className: 'shown' })
    : label(FRAME, y + 4, String(frame), { anchor: 'end', className: 'quiet' });
}

function arrow(row: LadderRow, y: number): Content {
  const toServer = row.by === 'client';
  const [from, to] = toServer ? [CLIENT + BESIDE, SERVER - BESIDE] : [SERVER - BESIDE, CLIENT + BESIDE];
  const back = toServer ? to - 7 : to + 7;
  const role = row.flags.includes('R') ? ' error' : '';
  const said = remark(row);
  return [
    line(from, y, to, y, `arrow${role}`), path(`M${to} ${y}L${back} ${y - 3.5}L${back} ${y + 3.5}Z`, `head${role}`),
    label(MIDDLE, y - 5, segment(row), { anchor: 'middle', className: `segment${role}` }),
    said !== '' && label(MIDDLE, y + 12, said, { anchor: 'middle', className: 'remark' }),
  ];
}

function remark(row: LadderRow): string {
  return [row.note, options(row)].filter((part) => part !== '').join('; ');
}

function names(entries: readonly { readonly state: State }[]): string {
  return entries.map(({ state }) => state).join(', ') || 'none seen';
}

