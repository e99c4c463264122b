/** A story of many connections: its detector, its page, its test and its line in the registry. */
export function diagnosis({ name, camel, title }) {
  return {
    files: {
      [`src/diagnoses/${name}.ts`]: `import { everyone, place, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Service } from './facts/gathering.js';

/** Connections from which on it is no accident. */
const SOME = 3;

/** Who does what to whom, in one sentence. */
export const ${camel}: DiagnosisDetector = {
  id: '${name}',
  title: '${title}',
  explains: { 'half-closed': [] },
  detect(scene) {
    return scene.services.flatMap((service) => judge(scene, service) ?? []);
  },
};

/** Why these connections together show it: the documentation of a product, the source of a stack, or a measurement. */
function judge(scene: Scene, service: Service): Detected | null {
  const members = everyone(service).filter((facts) => !scene.isExplained(facts) && scene.findingsOf(facts).length > 0);
  if (members.length < SOME) return null;
  const { address, port } = service;
  return {
    severity: 'warning',
    confidence: 'possible',
    service: { address, port },
    by: { role: 'server', address },
    message: \`\${place(service)}: who, the number, what it does (\${several(members.length, 'connection')}).\`,
    advice: ['What to change first, by the setting\\'s own name.'],
    numbers: { matching: members.length, of: service.count },
    refutes: 'what would show that it is something else',
    members,
  };
}
`,
      [`test/diagnoses/${name}.test.ts`]: `import { expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';

test('${name} is told of the recording that shows it', async () => {
  const { diagnoses } = await analyze(['captures/${name}.pcapng']);
  expect(diagnoses.map(({ id, message }) => [id, message])).toEqual([['${name}', 'the sentence']]);
});

test('and not of a healthy server', async () => {
  const { diagnoses } = await analyze(['captures/busy-healthy-server.pcapng']);
  expect(diagnoses.filter(({ id }) => id === '${name}')).toEqual([]);
});
`,
      [`docs/diagnoses/${name}.md`]: `# ${title}

What happens, and between whom.

## Seen on the wire

## What it rests on

## What else could look so

## What to change
`,
    },
    lines: {
      'src/diagnoses/index.ts': [
        { anchor: /^import /m, line: `import { ${camel} } from './${name}.js';\n` },
        { anchor: /^\](?: as const satisfies [^;]*)?;/m, line: `  ${camel},\n` },
      ],
    },
    left: [
      `judge() in src/diagnoses/${name}.ts, and which findings it explains`,
      'its place in src/diagnoses/index.ts: the strongest come first',
      `test/diagnoses/${name}.test.ts, with a healthy case`, 'npm run docs',
    ],
  };
}
