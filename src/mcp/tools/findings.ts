import { z } from 'zod';
import { SEVERITIES } from '../../findings/finding.js';
import { findingRecord } from '../../report/record.js';
import { answer, recordWriter } from '../answer.js';
import { captures, filter, list, page, tool } from '../tool.js';

export const findings = tool({
  name: 'findings', title: 'Findings',
  description:
    'What is wrong with single connections: one record a finding, with its cause, whose doing it is ("endpoint", ' +
    '"role"), the frames that show it, ' +
    'the evidence, what to change and a Wireshark display filter. Findings that a diagnosis explains name it in ' +
    '"explainedBy".',
  input: z.object({
    captures, filter, finding: z.string().max(100).optional().describe('Only this kind: half-closed, rst-after-push…'),
    cause: z.string().max(100).optional().describe('Only this cause: leak, no-socket…'),
    severity: z.enum(SEVERITIES).optional().describe('Only findings of this severity.'), ...page,
  }),
  async answer(asked, surroundings) {
    const analysis = await surroundings.captures.analysis(list(asked.captures), asked.filter, surroundings);
    const all = analysis.findings.filter(
      ({ id, cause, severity }) =>
        (asked.finding ?? id) === id && (asked.cause ?? cause) === cause && (asked.severity ?? severity) === severity,
    );
    const json = recordWriter(analysis.clock);
    return answer(
      { connections: analysis.connectionCount },
      { all, json: (finding) => json((to) => findingRecord(to, analysis, finding)) }, asked,
    );
  },
});
