import type { Analysis } from '../../analysis/model.js';
import type { Overview } from '../../overview/overview.js';
import { uncovered } from '../coverage.js';
import { placeAndWhat } from '../damage.js';
import { bytes, count, counted, date, isOneDay, lasting, packetsAndTcp } from '../quantities.js';
import { doubtsOf, healthOf, wellOf } from '../well.js';
import { type Content, type Markup, markup } from './markup.js';

/** Values of one kind (files, places of damage) before the rest is only counted. */
const MOST_VALUES = 20;

/** How it stands, what is at the bottom of it, and what was read. */
export function summary(
  analysis: Analysis, overview: Overview, diagnoses: Markup | null, nameOf: (path: string) => string,
): Markup {
  return markup`<header>
<h1>How the connections ended</h1>
<p class="lead">${verdict(analysis, overview)}</p>
${diagnoses}<dl class="facts">
${facts(analysis, overview, nameOf).map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>
`)}</dl>
</header>
`;
}

function verdict(analysis: Analysis, { services }: Overview): Content {
  const { connectionCount: all } = analysis;
  const health = healthOf(analysis);
  const errors = services.reduce((sum, service) => sum + service.errors, 0);
  const warnings = services.reduce((sum, service) => sum + service.warnings, 0);
  if (all === 0 || errors + warnings === 0) return wellOf(analysis, health);
  const parts: Content[] = [
    ...(errors === 0 ? [] : [markup`<span class="severity error">${counted(errors, 'error')}</span>`]),
    ...(warnings === 0 ? [] : [markup`<span class="severity warning">${counted(warnings, 'warning')}</span>`]),
  ];
  const doubt = doubtsOf(analysis, health.unknown);
  return markup`Of ${counted(all, 'connection')}, ${count(errors + warnings)} ended wrong or may have: ${parts[0] ?? null}${parts.length > 1 && markup` and ${parts[1] ?? null}`}.${doubt !== '' && markup` ${doubt}.`}`;
}

function facts(
  analysis: Analysis, { endings }: Overview, nameOf: (path: string) => string,
): (readonly [string, Content])[] {
  const { capture, clock, connectionCount, view } = analysis;
  const { gaps, lost } = uncovered(analysis);
  const { files, first, last, packets, tcpPackets, damage } = capture;
  const skipped = Object.entries(capture.skipped);
  const interfaces = capture.interfaces.filter(({ name }) => name !== '');
  return [
    [
      files.length === 1 ? 'Capture' : 'Captures',
      listed(
        files.map(
          ({ path, format, compression, size }) =>
            markup`${nameOf(path)} <span class="quiet">(${[format, ...(compression === null ? [] : [compression]), ...(size === null ? [] : [bytes(size)])].join(', ')})</span>`,
        ),
      ),
    ],
    ...(interfaces.length === 0 ? [] : [['Interfaces', listed(interfaces.map(({ name }) => name))] as const]),
    ...(first === null || last === null
      ? []
      : [
          [
            'Time',
            `${date(clock, first)} to ${isOneDay(clock, first, last) ? date(clock, last).slice(11) : date(clock, last)} UTC (${lasting(last - first)})`,
          ] as const,
        ]),
    [
      'Packets',
      packetsAndTcp(packets, tcpPackets) +
        `${capture.duplicates === undefined ? '' : ` (${count(capture.duplicates)} captured twice)`}, ` +
        bytes(capture.bytes),
    ],
    ...(gaps.length === 0 ? [] : [[gaps.length === 1 ? 'Gap' : 'Gaps', listed(gaps)] as const]),
    ...(lost.length === 0 ? [] : [['Lost', listed(lost)] as const]),
    ...(skipped.length === 0
      ? []
      : [['Skipped', listed(skipped.map(([reason, number]) => `${count(number)} ${reason}`))] as const]),
    [
      'Connections',
      count(connectionCount) +
        (endings.length === 0 ? '' : `: ${endings.map(({ ending, flows }) => `${count(flows)} ${ending}`).join(', ')}`),
    ],
    ...(view === undefined
      ? []
      : [
          [
            'Filter',
            markup`<code>${view.filter}</code>, ${count(connectionCount)} of ${counted(view.of, 'connection')}`,
          ] as const,
        ]),
    ...(capture.partial === true
      ? [
          [
            'Partial', markup`<span class="error">reading was interrupted: the rest is not in this report</span>`,
          ] as const,
        ]
      : []),
    [
      'Damage',
      damage.length === 0
        ? 'none'
        : listed(damage.map((place) => markup`<span class="error">${place.file}</span>: ${placeAndWhat(place)}`)),
    ],
  ];
}

function listed(values: readonly Content[]): Content {
  if (values.length === 1) return values;
  const more = values.length - MOST_VALUES;
  return markup`<ul>${values.slice(0, MOST_VALUES).map((value) => markup`<li>${value}</li>`)}${more > 0 && markup`<li class="quiet">… and ${count(more)} more</li>`}</ul>`;
}
