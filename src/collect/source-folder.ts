import {
  closeSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { WholeFiles, isHalf } from './whole-files.js';

/** Steps whose states are kept: a job that ends late still finds what it began with. */
const KEPT = 3;

const STATE = /^(\d{8})\.state$/;
const FACTS = /^\d{8}\.facts$/;

/** Also that of a folder. */
export const SOURCE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** What is wrong with a folder of states or rows, or with who uses it. */
export class CollectError extends Error {
  override readonly name = 'CollectError';
}

/**
 * The states of one source, one file a step: a step reads the state of the one before, and writes its own. So a step
 * that is run twice, or
 * that ends late, writes what is there already.
 */
export class SourceFolder {
  private readonly folder: string;
  private readonly lock: string;
  private locked = false;

  constructor(folder: string, source: string) {
    if (!SOURCE_NAME.test(source)) {
      throw new CollectError(`${source} is no name of a source: letters, digits, dots, dashes, up to a hundred`);
    }
    this.folder = join(folder, source);
    this.lock = join(this.folder, 'lock');
    mkdirSync(this.folder, { recursive: true });
  }

  /** @throws CollectError where another process is at work on this source */
  take(): void {
    for (;;) {
      try {
        const descriptor = openSync(this.lock, 'wx');
        writeSync(descriptor, `${hostname()} ${process.pid}`);
        closeSync(descriptor);
        this.locked = true;
        for (const name of readdirSync(this.folder)) if (isHalf(name)) rmSync(join(this.folder, name), { force: true });
        return;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const owner = ownerOf(this.lock);
      if (owner !== null && isAlive(owner))
        throw new CollectError(`${this.folder}: process ${owner.pid} on ${owner.host} is collecting this source`);
      // Its owner was killed. Renamed before it is removed: of two who see that, one has it.
      const stale = `${this.lock}.${process.pid}`;
      try {
        renameSync(this.lock, stale);
        rmSync(stale, { force: true });
      } catch {
        // The other one had it.
      }
    }
  }

  release(): void {
    if (this.locked) rmSync(this.lock, { force: true });
    this.locked = false;
  }

  /** The last step whose state was written; 0 where there is none. */
  get lastStep(): number {
    return Math.max(0, ...this.steps());
  }

  /** The state that a step has written; null where there is none. @throws where it was removed meanwhile */
  read(step: number): Uint8Array | null {
    return step > 0 ? readFileSync(this.pathOf(step)) : null;
  }

  /** `facts`: what the diagnoses of the end ask of connections that this step has told. */
  async write(step: number, state: Uint8Array, facts: Uint8Array | null): Promise<void> {
    const files = new WholeFiles();
    try {
      if (facts !== null) files.begin(join(this.folder, `${numbered(step)}.facts`))(facts);
      files.begin(this.pathOf(step))(state);
      await files.keep();
    } finally {
      files.drop();
    }
    for (const old of this.steps()) if (old <= step - KEPT) rmSync(this.pathOf(old), { force: true });
  }

  /**
   * Facts that all steps have written, in their order. They stay when the source has ended: a job that ends late tells
   * the same then.
   */
  * facts(): IterableIterator<Uint8Array> {
    for (const name of readdirSync(this.folder).filter((file) => FACTS.test(file)).toSorted())
      yield readFileSync(join(this.folder, name));
  }

  private steps(): number[] {
    return readdirSync(this.folder).flatMap((name) => STATE.exec(name)?.[1] ?? []).map(Number);
  }

  private pathOf(step: number): string {
    return join(this.folder, `${numbered(step)}.state`);
  }
}

/** Eight digits: names then are in order of steps. */
export function numbered(step: number): string {
  return String(step).padStart(8, '0');
}

interface Owner {
  readonly host: string;
  readonly pid: number;
}

function ownerOf(lock: string): Owner | null {
  try {
    const [host = '', pid] = readFileSync(lock, 'utf8').split(' ');
    return { host, pid: Number(pid) };
  } catch {
    return null;
  }
}

/** Of another host nobody here can tell. */
function isAlive({ host, pid }: Owner): boolean {
  if (host !== hostname()) return host !== '';
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
