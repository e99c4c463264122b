import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

import { FleetError } from './queue.js';
import { openBucket } from './bucket.js';

/** A file of a tap's rotation. */
export interface StoredFile {
  /** Below the folder of its source. */
  readonly name: string;
  readonly size: number;
}

/** Where the files of a source lie. */
export interface Store {
  /** Its captures, by name. */
  list(): Promise<readonly StoredFile[]>;
  /** Folders in it. */
  folders(): Promise<readonly string[]>;
  /** Has a file on this machine while `use` runs. */
  borrow<Result>(name: string, use: (path: string) => Promise<Result>): Promise<Result>;
}

/** Captures as tcpdump -w, -C and dumpcap name them, also compressed. Others in a folder are not looked at. */
const CAPTURE = /\.(?:pcap|pcapng|cap)\d*(?:\.(?:gz|zst|lz4))?$/i;

export function isCapture(name: string): boolean {
  return CAPTURE.test(name);
}

/** @param from a folder, or s3://bucket/prefix. @throws FleetError */
export function openStore(from: string): Store {
  return from.startsWith('s3://') ? bucketStore(from) : folderStore(from);
}

/** The same place for all workers: a folder by its whole path. */
export function placeOf(from: string): string {
  return from.startsWith('s3://') ? from.replace(/\/+$/, '') : resolve(from);
}

function folderStore(folder: string): Store {
  const entries = (): { readonly name: string; readonly isFolder: boolean }[] => {
    try {
      return readdirSync(folder, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        isFolder: entry.isDirectory(),
      }));
    } catch (error) {
      throw new FleetError(`${folder} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  };
  return {
    list: () =>
      Promise.resolve(
        entries()
          .filter(({ name, isFolder }) => !isFolder && isCapture(name))
          .map(({ name }) => ({ name, size: statSync(join(folder, name)).size }))
          .toSorted(byName),
      ),
    folders: () => Promise.resolve(entries().flatMap(({ name, isFolder }) => (isFolder ? [name] : [])).toSorted()),
    borrow: (name, use) => use(join(folder, name)),
  };
}

function bucketStore(from: string): Store {
  const [, name = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(from) ?? [];
  const base = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  const bucket = openBucket(name);
  return {
    async list() {
      const found = await bucket.list(base);
      return found
        .map(({ key, size }) => ({ name: key.slice(base.length), size }))
        .filter(({ name }) => !name.includes('/') && isCapture(name))
        .toSorted(byName);
    },
    async folders() {
      const paths = (await bucket.list(base)).map(({ key }) => key.slice(base.length).split('/'));
      return [...new Set(paths.flatMap(([folder = '', ...rest]) => (rest.length > 0 ? [folder] : [])))].toSorted();
    },
    async borrow(name, use) {
      const folder = mkdtempSync(join(tmpdir(), 'lastack-fleet-'));
      try {
        const path = join(folder, basename(name));
        await bucket.fetch(base + name, path);
        return await use(path);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

function byName(a: StoredFile, b: StoredFile): number {
  return a.name < b.name ? -1 : 1;
}
