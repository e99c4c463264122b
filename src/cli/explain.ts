import type { Command } from '@commander-js/extra-typings';
import { ownFile } from '../base/own-files.js';
import { CommandError } from './failure.js';
import { type Host, wantsColor } from './host.js';
import { noColor } from './options.js';
import { suggest } from './suggest.js';

/** Widest line in which prose is still read with ease. */
const WIDEST = 100;

export function addExplain(program: Command, host: Host): void {
  program
    .command('explain')
    .summary('what a finding, diagnosis, cause or state means and what to change')
    .description(
      'What a finding or a diagnosis looks like on the wire, why it matters, when it is no problem, and what to ' +
        'change; or what a cause, a state or another word of a report means. Without a word: the list of all pages.',
    )
    .argument(
      '[word]',
      'half-closed, idle-limit, leak, CLOSE-WAIT…; filter for the language of --filter; licences for lastack and ' +
        'all that it contains',
    )
    .addOption(noColor)
    .addHelpText(
      'before',
      `Examples:
  lastack explain
  lastack explain half-closed
  lastack explain leak
  lastack explain CLOSE_WAIT
  lastack explain filter
`,
    )
    .action(async (word, options) => {
      if (word === 'licences') {
        host.stdout.write(`${ownFile('LICENSE')}\n${'-'.repeat(80)}\n\n${ownFile('dist/THIRD-PARTY.txt')}`);
        host.exitCode = 0;
        return;
      }
      const { contents, explain, topics } = await import('../explain/explain.js');
      const text = word === undefined ? contents() : explain(word);
      if (text === null) throw new CommandError(`there is no ${word} to ` +
        `explain.` +
          (suggest(word!, topics()) || ' lastack explain lists the pages; causes, states and other words of reports are understood too.'));
      host.exitCode = 0;
      const color = wantsColor(host.stdout, host.env, options.color);
      if (host.stdout.isTTY !== true && !color) {
        host.stdout.write(text);
        return;
      }
      const [{ page }, { painter }, { paged }] = await Promise.all([
        import('../report/page.js'), import('../report/paint.js'), import('./pager.js'),
      ]);
      const look = { color, width: Math.min(host.stdout.columns ?? WIDEST, WIDEST) };
      await paged(
        word === undefined
          ? text.replace(/^\S+/gm, (id) => painter(color)('heading', id))
          : [...page(text, look)].join(''),
        host,
      );
    });
}
