import { z } from 'zod';
import { betweenAnalyses, summarize } from '../../between/between.js';
import { ndjson } from '../../report/between/record.js';
import { answer, linesOf } from '../answer.js';
import { captures, list, page, tool } from '../tool.js';

export const between = tool({
  name: 'between', title: 'Captures of both ends',
  description:
    'What only captures of both ends together show: whether a RST or a FIN was really sent by the other end, what ' +
    'was lost on the way, what a NAT or firewall ' +
    'changed. Records are connections seen at both taps that did not pass as sent ("taps"), then those that one ' +
    'side alone saw ("unpaired").',
  input: z.object({
    client: captures.describe("Captures at the client's side: a file, a folder or a list."),
    server: captures.describe("Captures at the server's side."), ...page,
  }),
  async answer(asked, surroundings) {
    const client = await surroundings.captures.analysis(list(asked.client), undefined, surroundings);
    const server = await surroundings.captures.analysis(list(asked.server), undefined, surroundings);
    const taps = await betweenAnalyses(client, server, surroundings.signal);
    const [head = '{}', ...lines] = linesOf(ndjson(taps));
    const passed = taps.pairs.filter(({ facts }) => facts.length === 0).length;
    const told = lines.filter((_, at) => (taps.pairs[at]?.facts.length ?? 1) > 0);
    const facts = summarize(taps).groups.map(({ fact, severity, confidence, pairs }) => ({
      fact, severity, confidence, connections: pairs.length,
    }));
    return answer({ ...(JSON.parse(head) as object), passedAsSent: passed, facts }, { all: told, json: String }, asked);
  },
});
