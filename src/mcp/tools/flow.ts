import { z } from 'zod';
import type { Analysis, Connection, LadderRow, Time } from '../../analysis/model.js';
import { formatDuration } from '../../base/time.js';
import { findingRecord, flowRecord } from '../../report/record.js';
import { inertJson } from '../../report/inert.js';
import { readLadder } from '../../reread/ladder.js';
import { answer, recordWriter } from '../answer.js';
import { Refused } from '../refused.js';
import { captures, list, page, tool } from '../tool.js';

/** Segments of a connection that are read: of more the first half and the last ones. */
const MOST_SEGMENTS = 10_000;

export const flow = tool({
  name: 'flow', title: 'One connection, segment by segment',
  description:
    'One TCP connection: who it was, how it ended, what was found, and as records its segments in order with both ' +
    "endpoints' RFC 9293 states after each. " +
    '"seconds" counts from its first segment; sequence numbers are relative, as in Wireshark.',
  input: z.object({
    captures,
    stream: z.number().int().min(0).optional().describe('Number of Wireshark\'s tcp.stream: "stream" of findings.'),
    flow: z
      .number()
      .int()
      .min(0)
      .optional()
      .describe('Number of the connection: "flow" of findings and sockets. One of the two is needed.'),
    ...page,
  }),
  async answer(asked, surroundings) {
    if ((asked.stream === undefined) === (asked.flow === undefined))
      throw new Refused('name the connection by its stream or by its flow, one of the two');
    const analysis = await surroundings.captures.analysis(list(asked.captures), undefined, surroundings);
    const connections = chosen(analysis, asked.stream, asked.flow);
    const [first] = connections;
    if (first === undefined)
      throw new Refused(
        asked.stream === undefined
          ? `there is no flow ${asked.flow}: there are ${analysis.connectionCount}`
          : `there is no stream ${asked.stream} of TCP`,
      );
    const rows = await readLadder(analysis, first.id, { signal: surroundings.signal, most: MOST_SEGMENTS });
    const start = rows[0]?.time ?? 0;
    return answer(about(analysis, first, connections), { all: rows, json: (row) => segment(row, start) }, asked);
  },
});

/** A stream can hold two connections, of which the first is drawn. */
function chosen(analysis: Analysis, stream: number | undefined, flow: number | undefined): Connection[] {
  if (flow !== undefined) return flow < analysis.connectionCount ? [analysis.connection(flow)] : [];
  const found: Connection[] = [];
  for (const connection of analysis.connections()) if (connection.streams.includes(stream!)) found.push(connection);
  return found;
}

function about(analysis: Analysis, connection: Connection, all: readonly Connection[]): Record<string, unknown> {
  const json = recordWriter(analysis.clock);
  return {
    flow: JSON.parse(json((to) => flowRecord(to, analysis, connection))) as object,
    findings: analysis
      .findingsOf(connection.id)
      .map((finding) => JSON.parse(json((to) => findingRecord(to, analysis, finding))) as object),
    ...(all.length > 1 && { alsoInStream: all.slice(1).map(({ id }) => ({ flow: id })) }),
  };
}

function segment({ time, ...row }: LadderRow, start: Time): string {
  return inertJson({ seconds: Number(formatDuration(time - start)), ...row });
}
