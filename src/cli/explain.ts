import { readFileSync, readdirSync } from 'node:fs';
import type { Command } from '@commander-js/extra-typings';
import { home } from '../base/home.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import { suggest } from './suggest.js';

/** The folder of the pages, a file a finding. */
const pages = (): URL => new URL('docs/findings/', home());

export function addExplain(program: Command, host: Host): void {
  program.command('explain')
    .summary('what a finding means and what to change')
    .description('What a finding looks like on the wire, why it matters, when it is no problem, and what to change. Without a name: all of them.')
    .argument('[finding]', 'half-closed, rst-after-push, …; filter for the language of --filter')
    .addHelpText('before', `Examples:
  lastack explain
  lastack explain half-closed
  lastack explain filter
`)
    .action(async (finding) => {
      if (finding === 'filter') {
        const { filterHelp } = await import('../filter/help.js');
        host.stdout.write(filterHelp());
        host.exitCode = 0;
        return;
      }
      const ids = readdirSync(pages()).filter((name) => name.endsWith('.md') && name !== 'README.md').map((name) => name.slice(0, -'.md'.length)).sort();
      if (finding !== undefined && !ids.includes(finding)) {
        throw new CommandError(`there is no finding ${finding}.${suggest(finding, ids) || ` There are: ${ids.join(', ')}.`}`);
      }
      host.stdout.write(finding === undefined ? listed(ids) : page(finding));
      host.exitCode = 0;
    });
}

function page(id: string): string {
  return readFileSync(new URL(`${id}.md`, pages()), 'utf8');
}

/** Every finding with the title of its page. */
function listed(ids: readonly string[]): string {
  const width = ids.reduce((widest, id) => Math.max(widest, id.length), 0);
  return ids.map((id) => `${id.padEnd(width)}  ${/^# (.*)$/m.exec(page(id))?.[1] ?? ''}`.trimEnd() + '\n').join('');
}
