import { z } from 'zod';
import { SEVERITIES } from '../../findings/finding.js';
import { diagnosisRecord } from '../../report/record.js';
import { answer, recordWriter } from '../answer.js';
import { captures, filter, list, page, tool } from '../tool.js';

export const diagnoses = tool({
  name: 'diagnoses', title: 'Diagnoses',
  description:
    'What is at the bottom of the findings: one record a fault, the gravest first, with who must act ("by"), the ' +
    'numbers it rests on, what to change ' +
    '("advice"), how sure it is ("confidence"), what would refute it, and the findings that it explains.',
  input: z.object({
    captures, filter, severity: z.enum(SEVERITIES).optional().describe('Only diagnoses of this severity.'),
    diagnosis: z.string().max(100).optional().describe('Only this one: idle-limit, leak, restart…'), ...page,
  }),
  async answer(asked, surroundings) {
    const analysis = await surroundings.captures.analysis(list(asked.captures), asked.filter, surroundings);
    const all = analysis.diagnoses.filter(
      ({ id, severity }) => (asked.severity ?? severity) === severity && (asked.diagnosis ?? id) === id,
    );
    const json = recordWriter(analysis.clock);
    return answer(
      { connections: analysis.connectionCount },
      { all, json: (diagnosis) => json((to) => diagnosisRecord(to, diagnosis)) }, asked,
    );
  },
});
