/** A kind of finding: its detector, its page, its test, and its line in the registry. */
export function detector({ name, camel, title }) {
  return {
    files: {
      [`src/findings/${name}.ts`]: `import { NOTHING } from './detector.js';
import type { Detection, Detector, Subject } from './detector.js';

type Cause = 'first-cause';

/** What the wire shows, in one sentence. */
export const ${camel}: Detector<'${name}', Cause> = {
  id: '${name}',
  title: '${title}',
  rfc: 'RFC 9293 §3.6',
  severities: { 'first-cause': 'warning' },
  advice: {
    'first-cause': ['What to change, a step each, by the name of the setting or the call.'],
  },
  detect(subject) {
    const detection = judge(subject);
    return detection === null ? NOTHING : [detection];
  },
};

/** Why these packets show it: the section of an RFC, the source of a stack, or a measurement. */
function judge({ connection }: Subject): Detection<Cause> | null {
  if (connection.ending !== 'half-closed') return null;
  return {
    cause: 'first-cause', confidence: 'possible', role: 'server', start: connection.start, end: connection.end,
    frames: [connection.firstFrame],
    message: \`One or two plain sentences, with frames and numbers: frame \${connection.firstFrame}.\`,
    evidence: { firstFrame: connection.firstFrame },
  };
}
`,
      [`test/findings/${name}.test.ts`]: `import { describe } from 'vitest';

import { opened, tape } from '../tape.js';

describe('${name}', () => {
  tape('what the wire shows where it is so', \`\${opened}
  \`, { findings: ['${name} first-cause server'] });

  tape('nothing: a connection that closes as it should', \`\${opened}
    1.000 > F. 1:1 ack 1
    1.010 < F. 1:1 ack 2
    1.020 > .  2:2 ack 2
  \`, { findings: [] });
});
`,
      [`docs/findings/${name}.md`]: `# ${title}

What happened, in two sentences, and how the application learns of it.

## Seen on the wire

\`captures/${name}.pcapng\`:

    lastack flow captures/${name}.pcapng 0

What packets do not tell: what else could look so.

## Why it matters

## When it is not a problem

## What to change

## The standard

RFC 9293 §

## In Wireshark
`,
    },
    lines: {
      'src/findings/index.ts': [
        { anchor: /^import type \{ AnyDetector/m, line: `import { ${camel} } from './${name}.js';\n` },
        { anchor: /^\] as const satisfies readonly AnyDetector/m, line: `  ${camel},\n` },
      ],
    },
    left: [
      `judge() in src/findings/${name}.ts, and its causes`,
      `tapes in test/findings/${name}.test.ts: where it is so, and where it is not`,
      `a recording (record/scenarios/, captures/${name}.md), or the reason why there is none in ` +
        `test/architecture.test.ts`,
      'npm run docs',
    ],
  };
}
