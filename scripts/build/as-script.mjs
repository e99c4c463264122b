// What keeps packages from being part of a script, which can neither await at its top nor load what is not there. Each
// change holds the package to what was read of it: another version that is written differently stops the build.

/** Ink's connection to React's development tools, which loads a package that nobody has. */
export function withoutDevelopment() {
  return changes('without-development', {
    'ink/build/reconciler.js': (code) => {
      const begin = indexOf(code, 'if (isDev()) {\n');
      const end = indexOf(code, '\n}\n', begin) + 3;
      return replaced(code.slice(0, begin) + code.slice(end), 'isDev()\n    ? await loadPackageJson()\n    : ', '');
    },
  });
}

/** What Commander starts commands with that are programs of their own: here is none, and it costs 3 ms to load. */
export function withoutPrograms() {
  return changes('without-programs', {
    'commander/lib/command.js': (code) => replaced(code, "const childProcess = require('node:child_process');\n", ''),
  });
}

/**
 * Yoga waits for its WebAssembly at the top of its module; compiled at once, it is there without. Threads are scripts,
 * too.
 */
export function asScript() {
  return changes('as-script', {
    'yoga-layout/dist/src/index.js': (code) => {
      replaced(code, 'const Yoga = wrapAssembly(await loadYoga());', '');
      return `
import loadYoga, { binary } from '../binaries/yoga-wasm-base64-esm.js';
import wrapAssembly from './wrapAssembly.js';
const assembly = {
  instantiateWasm(imports, done) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(binary, 'base64')), imports);
    done(instance);
    return instance.exports;
  },
};
loadYoga(assembly);
export default wrapAssembly(assembly);
export * from './generated/YGEnums.js';
`;
    },
    'yoga-layout/dist/binaries/yoga-wasm-base64-esm.js': (code) => {
      const [whole, binary] = /;base64,([A-Za-z0-9+/=]+)/.exec(code) ?? missing(';base64,');
      return `${replaced(replaced(code, whole, ';base64,'), 'import.meta.url', "''")}\nexport const binary = ` +
        `'${binary}';\n`;
    },
    'src/analysis/threads/thread-pool.ts': (code) => replaced(code, "'worker.js'", "'worker.cjs'"),
    'src/capture/compression/unpacking.ts': (code) => replaced(code, "'unpacker.js'", "'unpacker.cjs'"),
  });
}

/** A plugin that changes the text of some modules, which it finds by the end of their paths. */
function changes(name, table) {
  return {
    name,
    transform(code, id) {
      const path = Object.keys(table).find((end) => id.replaceAll('\\', '/').endsWith(`/${end}`));
      if (path === undefined) return null;
      return { code: table[path](code), map: null };
    },
  };
}

function replaced(code, part, by) {
  indexOf(code, part);
  return code.replace(part, () => by);
}

function indexOf(code, part, from = 0) {
  const at = code.indexOf(part, from);
  return at < 0 ? missing(part) : at;
}

function missing(part) {
  throw new Error(`there is no ${JSON.stringify(part)} any more: see scripts/build/as-script.mjs`);
}
