import { z } from 'zod';
import type { Analysis } from '../../analysis/model.js';
import { date } from '../../report/quantities.js';
import { captureRecord, groupRecord } from '../../report/record.js';
import { answer, recordWriter } from '../answer.js';
import { captures, filter, list, page, tool } from '../tool.js';

/** What a capture is, and what was found in it, in few numbers. */
export const analyze = tool({
  name: 'analyze', title: 'Analyze a capture',
  description:
    'How the TCP connections in a packet capture ended: how many there are, how they ended, what is wrong, at ' +
    'which service. Begin here: ' +
    'read "diagnoses" first (each is one fault with whose doing it is and what to change), then ask the tools ' +
    'diagnoses and findings for details. ' +
    'The records are groups of equal findings, the worst first.',
  input: z.object({ captures, filter, ...page }),
  async answer(asked, surroundings) {
    const analysis = await surroundings.captures.analysis(list(asked.captures), asked.filter, surroundings);
    const json = recordWriter(analysis.clock);
    return answer(
      summary(analysis), { all: analysis.groups, json: (group) => json((to) => groupRecord(to, analysis, group)) },
      asked,
    );
  },
});

function summary(analysis: Analysis): Record<string, unknown> {
  const { capture, clock, connectionCount, well, diagnoses } = analysis;
  const told = JSON.parse(recordWriter(clock)((to) => captureRecord(to, analysis))) as object;
  return {
    capture: {
      ...told,
      ...(capture.first !== null &&
        capture.last !== null && { firstUtc: date(clock, capture.first), lastUtc: date(clock, capture.last) }),
    },
    connections: connectionCount, showNothingWrong: well, endings: Object.fromEntries(analysis.endings),
    diagnoses: diagnoses.map(({ id, severity, confidence, message, flows }) => ({
      id, severity, confidence, message, connections: flows,
    })),
  };
}
