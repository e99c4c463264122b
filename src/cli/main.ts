#!/usr/bin/env node
// Understood by any Node that has modules, and without an import: an older one would tell of syntax that it does not
// know.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write('lastack: needs Node 20.19 or later, and this is Node ' + process.versions.node + '\n');
  process.exitCode = 2;
} else {
  // React reads NODE_ENV when it is loaded; its development build keeps a performance entry for every render, for ever.
  if (process.env.NODE_ENV === undefined) process.env.NODE_ENV = 'production';
  void import('./start.js').then(({ start }) => start(process.argv.slice(2), process));
}
