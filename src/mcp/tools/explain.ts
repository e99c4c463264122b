import { z } from 'zod';
import { contents, explain as explained, topics } from '../../explain/explain.js';
import { nearest } from '../../base/nearest.js';
import { MOST_BYTES } from '../answer.js';
import { Refused } from '../refused.js';
import { tool } from '../tool.js';

export const explain = tool({
  name: 'explain', title: 'What a word of an answer means',
  description:
    'The page of a finding or diagnosis (what it looks like on the wire, why it matters, when it is no problem, ' +
    'what to change, with code), or what a cause, ' +
    'a TCP state, an ending, a verdict or a confidence means. "filter" explains the language of filters. Without ' +
    'a word: what pages there are.',
  input: z.object({
    word: z.string().max(100).optional().describe('half-closed, idle-limit, leak, CLOSE-WAIT, filter…'),
  }),
  answer({ word }) {
    const text = word === undefined ? contents() : explained(word);
    if (text === null) throw new Refused(`there is no ${word} to explain${suggestion(word!)}`);
    return Promise.resolve(
      Buffer.byteLength(text) <= MOST_BYTES ? text : `${Buffer.from(text).subarray(0, MOST_BYTES).toString()}\n… (cut)`,
    );
  },
});

function suggestion(word: string): string {
  const near = nearest(word, topics());
  return near === null ? '; without a word, all pages are listed' : `. Did you mean ${near}?`;
}
