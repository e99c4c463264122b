import type { Analysis, Finding, Group } from '../../analysis/model.js';
import { count, counted, lasting, socketAddress } from '../../report/quantities.js';
import { openFlow } from '../panel.js';
import { keyOf, nameOf } from '../groups/source.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { showTime } from '../text/times.js';
import { wrap } from '../text/wrap.js';

/** The flows of one group, a finding each, in order of time. */
export function findingsSource(analysis: Analysis, groupKey: string): Source<Finding> {
  const { clock, findings } = analysis;
  const group = analysis.groups.find((each) => keyOf(each) === groupKey);
  const indices = group?.findings ?? [];
  const columns: readonly Column<Finding>[] = [
    { header: 'STREAM', width: 6, fit: 'right', text: ({ stream }) => String(stream) },
    { header: 'CLIENT', width: 21, fit: 'tail', text: ({ flow }) => socketAddress(analysis.connection(flow).client) },
    { header: 'WHOSE DOING', width: 6, drop: 2, text: ({ role }) => role },
    { header: 'SINCE', width: 8, text: ({ start }) => showTime(clock, start), role: () => 'muted' },
    { header: 'LASTED', width: 9, fit: 'right', text: ({ duration, end }) => `${lasting(duration)}${end === null ? '+' : ' '}` },
    { header: 'CONFIDENCE', width: 8, drop: 1, text: ({ confidence }) => confidence, role: ({ confidence }) => (confidence === 'certain' ? 'plain' : 'muted') },
    { header: 'FRAMES', width: 12, drop: 3, text: ({ frames }) => frames.slice(0, 4).join(', ') + (frames.length > 4 ? ', …' : ''), role: () => 'muted' },
  ];
  return {
    count: indices.length,
    columns,
    title: group === undefined ? 'This finding is gone' : titleOf(group),
    empty: group?.forgotten === undefined ? 'As more packets came in, these flows turned out to be something else.' : 'These flows are no longer kept (--keep-connections).',
    row: (index) => findings[indices[index]!]!,
    key: (index) => String(findings[indices[index]!]!.flow),
    opens: (index) => openFlow(findings[indices[index]!]!.flow),
    text(index) {
      const { stream, flow, confidence, message } = findings[indices[index]!]!;
      return `${stream} ${socketAddress(analysis.connection(flow).client)} ${confidence} ${message}`.toLowerCase();
    },
    preview({ message, confidence, alternatives }, width, paint) {
      const otherwise = alternatives.length === 0 ? '' : `, otherwise ${alternatives.join(' or ')}`;
      return [...wrap(message, width), ...wrap(`Confidence: ${confidence}${otherwise}.`, width).map((line) => paint('muted', line))];
    },
  };
}

function titleOf(group: Group): string {
  return `${nameOf(group)} at ${socketAddress(group.service)}: ${counted(group.flows, 'flow')}${group.forgotten === undefined ? '' : `, ${count(group.forgotten)} of them no longer kept`}`;
}
