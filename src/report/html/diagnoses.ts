import type { Analysis, Diagnosis } from '../../analysis/model.js';
import { actorOf, explainedBy } from '../explained.js';
import { count, counted, socketAddress } from '../quantities.js';
import { advice } from './advice.js';
import type { Anchors } from './anchors.js';
import { type Markup, markup } from './markup.js';
import { severityWord, timeOfDay } from './words.js';

/** Diagnoses that are told; of those that only inform, fewer. */
const MOST = 40;
const MOST_OPEN = 6;

/** One fault, one story: who, the number, and what to change first; what it rests on is folded behind each. */
export function diagnosesSection(analysis: Analysis, anchors: Anchors): Markup | null {
  const { diagnoses } = analysis;
  if (diagnoses.length === 0) return null;
  const more = diagnoses.length - MOST;
  return markup`<section class="diagnoses" aria-labelledby="diagnoses">
<h2 id="diagnoses">${diagnoses.length === 1 ? 'What is at the bottom of it' : `What is at the bottom of it: ${counted(diagnoses.length, 'diagnosis')}`}</h2>
${diagnoses.slice(0, MOST).map((diagnosis, index) => article(analysis, diagnosis, index, anchors.diagnosis(diagnosis)))}${
    more > 0 &&
    markup`<p class="quiet">… and ${counted(more, 'more diagnosis')}; the JSON report has them all.</p>
`
  }</section>
`;
}

function article(analysis: Analysis, diagnosis: Diagnosis, index: number, anchor: string): Markup {
  const {
    id, severity, confidence, service, message, advice: [first, ...others], refutes, flows, streams, numbers,
  } = diagnosis;
  const explained = explainedBy(analysis, diagnosis);
  const shows = index < MOST_OPEN || severity !== 'info';
  return markup`<article id="${anchor}">
<p class="says">${severityWord(severity)} ${message}</p>
${shows && first !== undefined && advice([first])}<details><summary>${id}${service !== null && ` at ${socketAddress(service)}`}, by the ${actorOf(diagnosis)}, ${counted(flows, 'connection')}, ${confidence}</summary>
<dl class="facts">
<dt>When</dt><dd>${timeOfDay(analysis, diagnosis.first)} to ${timeOfDay(analysis, diagnosis.last)} UTC</dd>
<dt>Rests on</dt><dd>${Object.entries(numbers)
    .map(([name, value]) => `${name} ${count(value)}`)
    .join(', ')}</dd>
${
  explained !== '' &&
  markup`<dt>Explains</dt><dd>${explained}</dd>
`
}<dt>Refuted by</dt><dd>${refutes}</dd>
${
  streams.length > 0 &&
  markup`<dt>Wireshark</dt><dd><code>${streams.length === 1 ? `tcp.stream eq ${streams[0]}` : `tcp.stream in {${streams.join(', ')}}`}</code></dd>
`
}</dl>
${(shows ? others : [first ?? '', ...others]).length > 0 && advice(shows ? others : [...(first === undefined ? [] : [first]), ...others])}</details>
</article>
`;
}
