import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { isSea } from 'node:sea';
import { Script } from 'node:vm';
import { inflateSync } from 'node:zlib';
import { beAsUsual, bePatient } from './patience.js';

/**
 * The file with the compiled code of the program's files, which the build makes (scripts/build/compiled.mjs): a line of
 * JSON, then the code of each file, deflated: it takes a half of the space, for 3 ms, and zlib's checksum stands for
 * V8's, which a release of V8 does not look at (Node 20.20): it would end the process on damaged code.
 */
export const COMPILED = 'compiled.bin';

/** The first line of it. */
export interface CompiledIndex {
  /** Of which V8 and processor it is: V8 itself looks at its version and flags, not at the processor. */
  readonly of: string;
  /** Where the code of a file begins, behind the line, how many bytes it takes there, and how many it is. */
  readonly files: Readonly<Record<string, Place>>;
}

type Place = readonly [begin: number, bytes: number, inflated: number];

/** Bytes that are read first: the index, and the code of the command line, which comes first. */
const HEAD = 1 << 17;
const LINE_FEED = 10;

/**
 * Modules of Node that Node itself has not loaded, and few captures and options need: a millisecond. What needs them
 * names what it imports of them.
 */
const SELDOM = new Set(['net', 'worker_threads'].map((name) => `node:${name}`));

/** Bytes of room that are left over: where there is none, zlib makes room for as much again; it asks for no fewer. */
const SPARE = 64;

/** This V8 and processor. */
export function thisMachine(): string {
  return `${process.versions.v8} ${process.platform} ${process.arch}`;
}

/**
 * Loads files of a folder as CommonJS, each once, with the compiled code that `codeOf` has of them. V8 takes none that
 * another version of it made, or for a file of another length, and then compiles what runs. All letters of a file are
 * ASCII (scripts/build.mjs); it requires files beside it and modules of Node.
 *
 * Within what runs differ by (1 MB, Node 20.20): a file read into one buffer with the words around it, the code of the
 * command line deflated as one, only the code that a report as text runs, and `process.exit` at the end.
 */
export class Program {
  readonly #folder: string;
  readonly #codeOf: (file: string) => Buffer | undefined;
  readonly #modules = new Map<string, { exports: unknown }>();
  #loading = false;
  /** What was loaded, by file. */
  readonly scripts = new Map<string, Script>();

  constructor(folder: string, codeOf: (file: string) => Buffer | undefined) {
    this.#folder = folder;
    this.#codeOf = codeOf;
  }

  /** What a file exports. @throws Error where there is no such file */
  load(file: string): unknown {
    return this.#asUsual(() => this.#load(file));
  }

  #asUsual<T>(work: () => T): T {
    if (this.#loading) return work();
    this.#loading = true;
    beAsUsual();
    try {
      return work();
    } finally {
      bePatient();
      this.#loading = false;
    }
  }

  #load(file: string): unknown {
    const known = this.#modules.get(file);
    if (known !== undefined) return known.exports;
    const path = join(this.#folder, file);
    const module = { exports: {} };
    this.#modules.set(file, module);
    const cachedData = this.#codeOf(file);
    // Named as in the package: compiled code keeps the name that it was made with, on another machine.
    const script = new Script(
      `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'latin1')}\n})`,
      { filename: `lastack/dist/program/${file}`, ...(cachedData !== undefined && { cachedData }) },
    );
    this.scripts.set(file, script);
    const run = script.runInThisContext() as (...given: unknown[]) => void;
    run(module.exports, (id: string) => this.#require(id), module, path, this.#folder);
    return module.exports;
  }

  #require(id: string): unknown {
    if (id.startsWith('./')) return this.load(id.slice(2));
    return SELDOM.has(id) ? this.#later(id) : process.getBuiltinModule(id);
  }

  /** What stands for a module of Node until something of it is asked for. */
  #later(id: string): object {
    let loaded: Record<PropertyKey, unknown> | undefined;
    return new Proxy({}, {
      get: (_, name) => {
        loaded ??= this.#asUsual(() => process.getBuiltinModule(id) as Record<PropertyKey, unknown>);
        return loaded[name];
      },
    });
  }
}

/**
 * What a file of the program exports, loaded with its compiled code, as are those it needs; null where there is no such
 * code of this V8: then Node is to load them as ever.
 */
export function loadCompiled(file: string): unknown {
  if (isSea()) return null;
  const folder = import.meta.dirname;
  const codeOf = compiledIn(join(folder, COMPILED));
  return codeOf === null ? null : new Program(folder, codeOf).load(file);
}

/** What finds the compiled code of a file. Null where there is none for this machine, or it is damaged. */
function compiledIn(path: string): ((file: string) => Buffer | undefined) | null {
  try {
    const head = read(path, 0, HEAD);
    const start = head.indexOf(LINE_FEED) + 1;
    const { of, files } = JSON.parse(head.toString('latin1', 0, start)) as CompiledIndex;
    if (of !== thisMachine()) return null;
    return (file) => {
      const place = files[file];
      if (place === undefined) return undefined;
      const [begin, bytes, size] = place;
      const from = start + begin;
      try {
        return inflated(
          from + bytes <= head.length ? head.subarray(from, from + bytes) : read(path, from, bytes), size,
        );
      } catch {
        return undefined;
      }
    };
  } catch {
    return null;
  }
}

/** In one piece: put together of pieces of 16 KB, as is zlib's default, it takes twice as long. */
function inflated(bytes: Buffer, size: number): Buffer {
  return inflateSync(bytes, { chunkSize: size + SPARE });
}

/** Bytes of a file; fewer where it has no more. */
function read(path: string, from: number, bytes: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(bytes);
    return buffer.subarray(0, readSync(file, buffer, 0, bytes, from));
  } finally {
    closeSync(file);
  }
}
