import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DiskSource } from '../../src/capture/source/disk-source.js';
import { FileSource } from '../../src/capture/source/file-source.js';

it.each([FileSource, DiskSource])(
  'a %o closed while it reads takes no bytes of the file that is opened next',
  async (Source) => {
  const folder = mkdtempSync(join(tmpdir(), 'lastack-test-'));
  try {
    const [first, second] = ['first', 'second'].map((name) => {
      const path = join(folder, name);
      writeFileSync(path, name.repeat(1000));
      return path;
    }) as [string, string];
    for (let round = 0; round < 300; round++) {
      const closing = new Source(openSync(first, 'r'));
      const reading = closing.read(new Uint8Array(64));
      closing.close();
      const next = new Source(openSync(second, 'r'));
      const bytes = new Uint8Array(6);
      await next.read(bytes);
      expect(Buffer.from(bytes).toString()).toBe('second');
      await reading;
      expect(await closing.read(bytes)).toBe(0);
      next.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
},
);
