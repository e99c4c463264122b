import type { Command } from '@commander-js/extra-typings';
import { ownFile, ownFiles } from '../base/own-files.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import { suggest } from './suggest.js';

/** The folders of the pages, a file a diagnosis and a file a finding. */
const FOLDERS = ['docs/diagnoses/', 'docs/findings/'] as const;

export function addExplain(program: Command, host: Host): void {
  program.command('explain')
    .summary('what a finding or diagnosis means and what to change')
    .description('What a finding or a diagnosis looks like on the wire, why it matters, when it is no problem, and what to change. Without a name: all of them.')
    .argument('[finding]', 'half-closed, idle-limit, …; filter for the language of --filter, licences for those of what is in it')
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
      if (finding === 'licences') {
        host.stdout.write(`${ownFile('LICENSE')}\n${'-'.repeat(80)}\n\n${ownFile('dist/THIRD-PARTY.txt')}`);
        host.exitCode = 0;
        return;
      }
      const ids = FOLDERS.flatMap(idsIn);
      if (finding !== undefined && !ids.includes(finding)) {
        throw new CommandError(`there is no finding ${finding}.${suggest(finding, ids) || ` There are: ${ids.join(', ')}.`}`);
      }
      host.stdout.write(finding === undefined ? FOLDERS.map((folder) => listed(idsIn(folder))).join('') : page(finding));
      host.exitCode = 0;
    });
}

function idsIn(folder: (typeof FOLDERS)[number]): string[] {
  return ownFiles(folder).filter((name) => name.endsWith('.md') && name !== 'README.md').map((name) => name.slice(0, -'.md'.length)).sort();
}

/** A finding and a diagnosis of one name have both pages, one after the other. */
function page(id: string): string {
  return FOLDERS.filter((folder) => idsIn(folder).includes(id)).map((folder) => ownFile(`${folder}${id}.md`)).join('\n');
}

/** Every one with the title of its page. */
function listed(ids: readonly string[]): string {
  const width = ids.reduce((widest, id) => Math.max(widest, id.length), 0);
  return ids.map((id) => `${id.padEnd(width)}  ${/^# (.*)$/m.exec(page(id))?.[1] ?? ''}`.trimEnd() + '\n').join('');
}
