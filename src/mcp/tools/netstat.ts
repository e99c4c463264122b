import { z } from 'zod';
import { endOf } from '../../analysis/capture-end.js';
import type { Analysis, Time } from '../../analysis/model.js';
import { MOMENT_EXAMPLES, readMoment, timeOf } from '../../base/moment.js';
import { readWord, states } from '../../filter/words.js';
import { date } from '../../report/quantities.js';
import { socketRecord } from '../../report/record.js';
import { socketSummaries } from '../../report/socket-summary.js';
import { answer, linesOf, recordWriter } from '../answer.js';
import { Refused } from '../refused.js';
import { captures, filter, list, page, tool } from '../tool.js';

export const netstat = tool({
  name: 'netstat', title: 'Sockets at a moment',
  description:
    'Every socket and its TCP state at a moment of the capture, as ss -tan or netstat would have shown it on the ' +
    'hosts. With "summary" how many sockets ' +
    'each service had in each state. To see a leak grow, ask for several moments.',
  input: z.object({
    captures, filter,
    at: z
      .string()
      .max(100)
      .optional()
      .describe(`The moment: ${MOMENT_EXAMPLES}; UTC where no zone is given. Default: the end of the capture.`),
    state: z.string().max(50).optional().describe('Only sockets in this state: CLOSE-WAIT, TIME-WAIT…'),
    summary: z.boolean().default(false).describe('Only how many sockets each service has in each state.'), ...page,
  }),
  async answer(asked, surroundings) {
    const state = asked.state === undefined ? null : readWord(asked.state, states);
    if (state === null && asked.state !== undefined)
      throw new Refused(`there is no state ${asked.state}; there are ${states.words.join(', ')}`);
    const analysis = await surroundings.captures.analysis(list(asked.captures), asked.filter, surroundings);
    if (analysis.capture.first === null) return answer({ at: null }, { all: [] as string[], json: String }, asked);
    const time = momentOf(asked.at, analysis);
    const head = { at: date(analysis.clock, time) };
    if (asked.summary) {
      const lines = linesOf(socketSummaries.ndjson(analysis, [time]));
      return answer(
        head,
        { all: state === null ? lines : lines.filter((line) => line.includes(`"state":"${state}"`)), json: String },
        asked,
      );
    }
    const json = recordWriter(analysis.clock);
    const sockets = analysis.sockets(time).filter((socket) => state === null || socket.state === state);
    return answer(head, { all: sockets, json: (socket) => json((to) => socketRecord(to, socket)) }, asked);
  },
});

function momentOf(text: string | undefined, { clock, capture }: Analysis): Time {
  if (text === undefined) return endOf(capture);
  const moment = readMoment(text);
  if (moment === null) throw new Refused(`${text} is no moment: write ${MOMENT_EXAMPLES}`);
  return timeOf(moment, clock, capture.first ?? 0, endOf(capture));
}
