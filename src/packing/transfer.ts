import type { Column, ColumnType, Packer, RecordLayout, Unpacker } from './packer.js';

/** What goes to another thread: values that `postMessage` copies, and columns whose memory it can hand over. */
export type Transfer = readonly unknown[];

/** Packs for another thread of this program. No column is copied. */
export class TransferPacker implements Packer {
  readonly values: unknown[] = [];
  /** The memory of all columns: handed over with the values, it is gone here; else it is copied. */
  readonly memory = new Set<ArrayBuffer>();

  number(value: number): void {
    this.values.push(value);
  }

  text(value: string): void {
    this.values.push(value);
  }

  column(values: Column): void {
    this.values.push(values);
    this.hand(values);
  }

  records(pages: readonly Int32Array[]): void {
    this.values.push(pages);
    pages.forEach((page) => this.hand(page));
  }

  private hand({ buffer }: Column): void {
    if (buffer instanceof ArrayBuffer) this.memory.add(buffer);
  }
}

/** Unpacks what a thread of this program has packed, which is believed. */
export class TransferUnpacker implements Unpacker {
  private readonly values: Transfer;
  private next = 0;

  constructor(values: Transfer) {
    this.values = values;
  }

  number(): number {
    return this.take() as number;
  }

  integer(): number {
    return this.take() as number;
  }

  text(): string {
    return this.take() as string;
  }

  column<T extends Column>(_type: ColumnType<T>, _count: number): T {
    return this.take() as T;
  }

  records(_count: number, _layout: RecordLayout): Int32Array[] {
    return this.take() as Int32Array[];
  }

  private take(): unknown {
    return this.values[this.next++];
  }
}

/** What `pack` writes, for `postMessage`. */
export function transferOf(pack: (to: Packer) => void): TransferPacker {
  const packer = new TransferPacker();
  pack(packer);
  return packer;
}
