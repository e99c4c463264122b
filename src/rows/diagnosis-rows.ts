import type { Address, Time } from '../analysis/model.js';
import { type RowCells, integer, severity, text } from './cells.js';
import type { ToldDiagnosis } from './model.js';
import type { RawRow } from './row-files.js';
import { Shares } from './shares.js';

/** One fault at one place, row by row: the source that has seen most of it says what it is. */
export class DiagnosisRows {
  private readonly by: ToldDiagnosis['by'];
  private readonly service: Address | null;
  private readonly shares = new Shares();
  private best: { readonly row: RawRow; readonly flows: number } | null = null;
  private shown = 0;
  private first: Time | null = null;
  private last: Time | null = null;

  constructor(by: ToldDiagnosis['by'], service: Address | null) {
    this.by = by;
    this.service = service;
  }

  /** `members`: connections that show it and are told of this source, and of no other one. */
  add(row: RawRow, source: string, members: number, cells: RowCells): void {
    const flows = integer(row, 'flows');
    this.shares.add(source, flows);
    this.shown += members;
    if (this.best === null || flows > this.best.flows) this.best = { row, flows };
    const [first, last] = [cells.time(row, 'first'), cells.time(row, 'last')];
    this.first = first === null ? this.first : Math.min(this.first ?? Infinity, first);
    this.last = last === null ? this.last : Math.max(this.last ?? -Infinity, last);
  }

  told(): ToldDiagnosis {
    const { row, flows } = this.best!;
    return {
      id: text(row, 'diagnosis'), severity: severity(row), confidence: text(row, 'confidence'), by: this.by,
      service: this.service, flows: Math.max(flows, this.shown), first: this.first, last: this.last,
      message: text(row, 'message'), advice: text(row, 'advice').split('\n'), refutes: text(row, 'refutes'),
      sources: this.shares.told(),
    };
  }
}
