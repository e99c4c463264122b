import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';
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
    if (this.#loading) return this.#load(file);
    this.#loading = true;
    beAsUsual();
    try {
      return this.#load(file);
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
    return id.startsWith('./') ? this.load(id.slice(2)) : process.getBuiltinModule(id);
  }
}

/**
 * What a file of the program exports, loaded with its compiled code, as are those it needs; null where there is no such
 * code of this V8: then Node is to load them as ever.
 */
export function loadCompiled(file: string): unknown {
  if (isSea()) return null;
  const folder = dirname(fileURLToPath(import.meta.url));
  const codeOf = compiledIn(join(folder, COMPILED));
  return codeOf === null ? null : new Program(folder, codeOf).load(file);
}

/** What finds the compiled code of a file. Null where there is none for this machine, or it is damaged. */
function compiledIn(path: string): ((file: string) => Buffer | undefined) | null {
  try {
    const bytes = readFileSync(path);
    const begin = bytes.indexOf('\n') + 1;
    const { of, files } = JSON.parse(bytes.toString('latin1', 0, begin)) as CompiledIndex;
    return of === thisMachine() ? (file) => inflated(bytes, begin, files[file]) : null;
  } catch {
    return null;
  }
}

function inflated(bytes: Buffer, start: number, place: Place | undefined): Buffer | undefined {
  if (place === undefined) return undefined;
  const [begin, length, size] = place;
  try {
    // In one piece: put together of pieces of 16 KB, as is zlib's default, it takes twice as long.
    return inflateSync(bytes.subarray(start + begin, start + begin + length), { chunkSize: size + SPARE });
  } catch {
    return undefined;
  }
}
