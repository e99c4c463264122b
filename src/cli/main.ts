#!/usr/bin/env node
// React reads NODE_ENV when it is loaded; its development build keeps a performance entry for every render, for ever.
// Static imports would be hoisted above this line.
process.env.NODE_ENV ??= 'production';
const { run } = await import('./cli.js');
await run(process.argv.slice(2), process);
