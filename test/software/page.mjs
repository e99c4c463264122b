/**
 * The page of a recording, as Markdown: what was done, what the programs and the kernel said, what a reader must be
 * told.
 */
export function page({ name, story, healthy, tap, truth, addresses, resets, log }) {
  const who = Object.entries(addresses)
    .filter(([host]) => host !== 'router')
    .map(([host, [address]]) => `${host}=${address}`)
    .join(' ');
  return `# ${name}

${healthy ? 'healthy' : 'faulty'}; tap ${tap}; ${who}

## What was done

${story}

## What the programs and the kernel said

\`\`\`
${log.join('\n')}
\`\`\`

RSTs the kernel sent, with its reason:

\`\`\`
${counted(resets)}
\`\`\`

## What a reader must be told

${[healthy && 'Nothing of warning or above.', told(truth, addresses)].filter(Boolean).join('\n')}
`;
}

function told({ says, findings = [], diagnosis, by, seconds }, addresses) {
  return [
    says,
    diagnosis && `Diagnosis: ${[diagnosis].flat().join(' or ')}.`,
    by &&
      `Whose doing: ${[by]
        .flat()
        .map((host) => `${host} (${addresses[host][0]})`)
        .join(', ')}.`,
    seconds !== undefined && `Seconds: ${[seconds].flat().join(' to ')}.`,
    findings.length > 0 && `Findings, one of: ${findings.join(', ')}.`,
  ]
    .filter(Boolean)
    .join('\n');
}

function counted(resets) {
  const counts = new Map();
  for (const { local, remote, state, reason } of resets) {
    const line = `RST ${end(local)} > ${end(remote)} state ${state} reason ${reason}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `${count} x ${line}`).join('\n') || 'none';
}

/** Ports that a kernel hands out say nothing. */
function end(text) {
  const [address, port] = text.split('|');
  return `${address}:${Number(port) >= 32_768 ? '*' : port}`;
}

/** All scenarios as the rows of a Markdown table. */
export function table(scenarios) {
  const rows = scenarios.map(({ name, healthy, truth = {} }) => {
    const { diagnosis = [], by = [], seconds = [] } = truth;
    const told = [[diagnosis].flat().join(' or '), [by].flat().join(' or '), [seconds].flat().join(' to ')];
    return `| ${name} | ${healthy ? 'healthy' : 'faulty'} | ${told.join(' | ')} |`;
  });
  return ['| scenario | kind | story | whose doing | seconds |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
