/** A screen that is one list: its folder, and its line in the list of screens. */
export function screen({ name, camel, title }) {
  return {
    files: {
      [`src/tui/${name}/screen.ts`]: `import type { ListScreen } from '../list/screen.js';
import { ${camel}Source } from './source.js';

/** What the list holds, in one sentence. */
export const ${camel} = {
  name: '${name}',
  title: '${title}',
  key: 'a',
  description: 'what the key leads to',
  label: '${name.split('-')[0]}',
  holds: 'what the list holds',
  bindings: [],
  source: ${camel}Source,
} as const satisfies ListScreen;
`,
      [`src/tui/${name}/source.ts`]: `import type { Analysis, Group } from '../../analysis/model.js';
import { count, socketAddress } from '../../report/quantities.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { openConnections } from '../panel.js';
import { wrap } from '../text/wrap.js';

/** What a row is, and in which order they come. */
export function ${camel}Source({ groups }: Analysis): Source<Group> {
  const keyOf = ({ finding, cause, severity, service }: Group): string => \`\${finding} \${cause} \${severity} \${socketAddress(service)}\`;
  const columns: readonly Column<Group>[] = [
    { header: 'SERVICE', width: 19, fit: 'tail', text: ({ service }) => socketAddress(service) },
    { header: 'FINDING', width: 20, text: ({ finding }) => finding },
    { header: 'FLOWS', width: 7, fit: 'right', text: ({ flows }) => count(flows) },
  ];
  return {
    count: groups.length,
    columns,
    title: '${title}',
    empty: 'There is nothing to list.',
    row: (index) => groups[index]!,
    key: (index) => keyOf(groups[index]!),
    opens: (index) => openConnections(\`finding \${groups[index]!.finding}\`),
    text: (index) => keyOf(groups[index]!).toLowerCase(),
    preview: ({ flows }, width) => wrap(\`More about the selected row: \${count(flows)}.\`, width),
  };
}
`,
    },
    lines: {
      'src/tui/screens.ts': [
        { anchor: /^import type \{ ListScreen/m, line: `import { ${camel} } from './${name}/screen.js';\n` },
        { anchor: /^\] as const satisfies readonly ListScreen/m, line: `  ${camel},\n` },
      ],
    },
    left: [`rows, columns and words in src/tui/${name}/source.ts; key and words in screen.ts`, 'npm run docs'],
  };
}
