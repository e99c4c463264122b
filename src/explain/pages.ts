import { ownFile, ownFiles } from '../base/own-files.js';

/** The folders of the pages, a file a diagnosis and a file a finding. */
const FOLDERS = ['docs/diagnoses/', 'docs/findings/'] as const;
export type Folder = (typeof FOLDERS)[number];

/** Every page, diagnoses first, each kind by name. A finding and a diagnosis of one name have a page each. */
export function pages(): readonly { readonly folder: Folder; readonly id: string }[] {
  return FOLDERS.flatMap((folder) =>
    ownFiles(folder)
      .filter((name) => name.endsWith('.md') && name !== 'README.md')
      .map((name) => ({ folder, id: name.slice(0, -'.md'.length) }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
}

/** Markdown of a page that `pages` names. */
export function readPage({ folder, id }: { readonly folder: Folder; readonly id: string }): string {
  return ownFile(`${folder}${id}.md`);
}

/** The glossary of states, endings, causes and verdicts. */
export function readWords(): string {
  return ownFile('docs/words.md');
}

/** The first heading. */
export function titleOf(page: string): string {
  return /^# (.*)$/m.exec(page)?.[1] ?? '';
}
