/** A report format: its file, its test, and its line in the list. */
export function format({ name, camel }) {
  return {
    files: {
      [`src/report/${name}.ts`]: `import type { Analysis } from '../analysis/model.js';
import type { Choices } from './choices.js';
import { inertLines } from './inert.js';
import type { Look } from './paint.js';
import { socketAddress } from './quantities.js';

/** For whom it is, and where its rules are written. Text of a capture is never written raw. */
export function* ${camel}(analysis: Analysis, _look: Look, _choices: Choices): IterableIterator<string> {
  for (const { finding, cause, service, flows } of analysis.groups) {
    yield \`\${inertLines([finding, cause ?? '', socketAddress(service), String(flows)].join('; '))}\\n\`;
  }
  if (analysis.capture.partial === true) yield 'reading was interrupted: the rest is not in this report\\n';
}
`,
      [`test/report/${name}.test.ts`]: `import { expect, test } from 'vitest';

import { usualChoices } from '../../src/report/choices.js';
import { ${camel} } from '../../src/report/${name}.js';
import { analysis, finding } from './analysis-fixture.js';

test('has every group', () => {
  const text = [...${camel}(analysis({ findings: [finding()] }), { color: false, width: 100 }, usualChoices)].join('');
  expect(text).toBe('half-closed; leak; 10.77.2.2:10007; 1\\n');
});
`,
    },
    lines: {
      'src/report/index.ts': [
        {
          anchor: /^\} as const satisfies/m,
          line: `  ${name === camel ? name : `'${name}'`}: async () => (await import('./${name}.js')).${camel},\n`,
        },
      ],
      'test/report/partial.test.ts': [
        {
          anchor: /^\};/m,
          line:
            `  ${name === camel ? name : `'${name}'`}: 'reading was interrupted: the rest is not in this ` +
            `report\\n',\n`,
        },
      ],
    },
    left: [`what it writes, in src/report/${name}.ts`, 'npm run docs'],
  };
}
