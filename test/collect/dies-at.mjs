// Loaded before a program: kills it just before its write number LASTACK_DIES_AT to a file system, or counts these
// writes into LASTACK_WRITES. Where LASTACK_DIES_ONCE names a file it does that once: then the file is there.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env.LASTACK_DIES_AT ?? 0);
const mark = process.env.LASTACK_DIES_ONCE;
const { closeSync, openSync } = fs;
let writes = 0;

/** Whether this is the first time, of all processes. */
function isFirst() {
  try {
    if (mark !== undefined) closeSync(openSync(mark, 'wx'));
    return true;
  } catch {
    return false;
  }
}

for (const name of ['writeSync', 'renameSync', 'rmSync', 'mkdirSync', 'fsync']) {
  const original = fs[name];
  fs[name] = (...args) => {
    if (args[0] !== 1 && args[0] !== 2 && ++writes === at && isFirst()) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
}
syncBuiltinESMExports();
process.on('exit', () => {
  if (process.env.LASTACK_WRITES !== undefined) fs.appendFileSync(process.env.LASTACK_WRITES, String(writes));
});
