/**
 * Makes dist/: every module of src/ becomes one there.
 *
 * The constants that modules import are written into them: V8 reads an imported constant from memory each time, and looks whether it is
 * there yet, which took a quarter of the time that following a packet takes (270 ns, so 205; Node 20.20).
 */
import { readdirSync } from 'node:fs';

import { rolldown } from 'rolldown';

const modules = readdirSync('src', { recursive: true }).filter((file) => /\.tsx?$/.test(file));

const bundle = await rolldown({
  input: Object.fromEntries(modules.map((file) => [file.replace(/\.tsx?$/, ''), `src/${file}`])),
  platform: 'node',
  external: /^[^./]/,
  optimization: { inlineConst: { mode: 'all', pass: 3 } },
});
await bundle.write({ dir: 'dist', format: 'esm', preserveModules: true, preserveModulesRoot: 'src', sourcemap: true });
await bundle.close();
