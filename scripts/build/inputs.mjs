import { resolve } from 'node:path';

import { asScript, withoutDevelopment, withoutPrograms } from './as-script.mjs';

/** What is started in threads: `new URL('worker.js', import.meta.url)`. */
export const worker = 'src/analysis/threads/worker.ts';
export const unpacker = 'src/capture/compression/unpacker.ts';

/** What the bundler is told of the command and its threads: everything in it that is not of Node. */
export function asProgram() {
  return {
    ...common(),
    external: /^node:/,
    resolve: { alias: { '@modelcontextprotocol/server/_shims': resolve('scripts/build/mcp-shims.mjs') } },
    plugins: [withoutDevelopment(), withoutPrograms(), asScript()],
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  };
}

/** What the bundler is told whatever it makes. */
export function common() {
  return { platform: 'node', optimization: { inlineConst: { mode: 'all', pass: 3 } } };
}
