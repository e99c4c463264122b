import { type Clock, type Duration, POWERS_OF_TEN, type Time, formatDuration, formatTime } from '../base/time.js';
import { inertJson } from './inert.js';
import { FALSE, NOTHING, NULL, Piece, TRUE } from './json-piece.js';

/** Bytes gathered before they are handed on: one write to a pipe on Linux takes 64 KiB. */
const CHUNK = 65_536;

/**
 * More bytes than a name takes with a number, a time or a word of ours, and with what is copied of it beyond its end.
 */
const ROOM = 256;

/**
 * Characters from which on a text is written by a call that leaves V8: that takes 60 ns, and a character here nearly
 * two.
 */
const LONG = 48;

const BEGIN_OBJECT = 0x7b;
const END_OBJECT = 0x7d;
const BEGIN_LIST = 0x5b;
const END_LIST = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const POINT = 0x2e;
const LINE_FEED = 0x0a;

/** In seconds. */
const DAY = 86_400;

/** Nothing but characters that stand for themselves in a JSON string and do nothing to a terminal. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Whether a UTF-16 unit must be escaped: 0 where it is plain. */
const SPECIAL = Uint8Array.from({ length: 0x10000 }, (_, unit) =>
  Number(unit < 0x20 || unit > 0x7e || unit === QUOTE || unit === BACKSLASH),
);

/** The digits of 0 to 999 as four bytes in one number: as they are, and filled up with zeros to three. */
const DIGITS = fourBytes(String);
const THREE_DIGITS = fourBytes((number) => String(number).padStart(3, '0'));

function fourBytes(write: (number: number) => string): Int32Array {
  const bytes = Buffer.alloc(4);
  return Int32Array.from({ length: 1000 }, (_, number) => {
    bytes.fill(0).write(write(number));
    return bytes.readInt32LE();
  });
}

/** Words of ours that have been written. */
const words = new Map<string, Piece>();

function pieceOf(word: string): Piece {
  let piece = words.get(word);
  if (piece === undefined) words.set(word, (piece = new Piece(JSON.stringify(word))));
  return piece;
}

/**
 * Writes records as the bytes of JSON, a field at a time, in chunks.
 *
 * A string that is put together of a hundred parts is a tree of these until somebody asks for its letters, which then
 * have to be encoded: of a connection that takes 4.1 µs, so 1.8 (Node 20.20).
 *
 * Each value is followed by a comma; the end of an object or a list takes the place of the last one.
 */
export class JsonWriter {
  private readonly clock: Clock;
  private bytes = Buffer.alloc(CHUNK + ROOM);
  private view = viewOf(this.bytes);
  private at = 0;
  /** The one before `bytes`, which may still be on its way to a file. */
  private before = Buffer.alloc(CHUNK + ROOM);
  /** The day of the last timestamp, and its text: those of one day share it. Null where no calendar has it. */
  private day = NaN;
  private dayText: Piece | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Whether there is enough for a chunk. */
  get isFull(): boolean {
    return this.at >= CHUNK;
  }

  /**
   * What was written since the last time. It stays as it is while the next chunk is written, and no longer: a new
   * buffer for each would have V8 collect garbage for a tenth of the time.
   */
  taken(): Buffer {
    const taken = this.bytes.subarray(0, this.at);
    [this.bytes, this.before] = [this.before, this.bytes];
    this.view = viewOf(this.bytes);
    this.at = 0;
    return taken;
  }

  /** Begins an object. */
  open(name = NOTHING): void {
    this.begin(name, BEGIN_OBJECT);
  }

  close(): void {
    this.end(END_OBJECT);
  }

  openList(name = NOTHING): void {
    this.begin(name, BEGIN_LIST);
  }

  closeList(): void {
    this.end(END_LIST);
  }

  /** Puts the end of a line in place of the comma behind a record. */
  endLine(): void {
    this.bytes[this.at - 1] = LINE_FEED;
  }

  /** Takes back the comma behind a record. */
  dropComma(): void {
    this.at -= 1;
  }

  /** Null where it is none: not finite, too. */
  number(name: Piece, value: number | null): void {
    this.name(name);
    if (value === null || !Number.isFinite(value)) this.copy(NULL);
    else this.digits(value);
    this.comma();
  }

  boolean(name: Piece, value: boolean | null): void {
    this.name(name);
    this.copy(value === null ? NULL : value ? TRUE : FALSE);
    this.comma();
  }

  /**
   * Seconds since the Unix epoch with every digit of the capture; null where there is none (no packet, no timer, no end
   * yet).
   */
  time(name: Piece, value: Time | null): void {
    this.name(name);
    if (value === null || !Number.isFinite(value)) this.copy(NULL);
    else this.seconds(value);
    this.comma();
  }

  /**
   * `"2026-11-20 10:04:01.218147000"`, as DuckDB and ClickHouse read it: UTC, and as text, which no JSON reader rounds.
   * Null where there is none.
   */
  timestamp(name: Piece, value: Time | null): void {
    this.name(name);
    if (value === null || !Number.isFinite(value)) this.copy(NULL);
    else this.nanoseconds(value);
    this.comma();
  }

  /** In seconds. */
  duration(name: Piece, value: Duration): void {
    this.name(name);
    if (Number.isFinite(value)) this.ascii(formatDuration(value));
    else this.copy(NULL);
    this.comma();
  }

  /** One of few words of our own: states, causes. */
  word(name: Piece, value: string | null): void {
    this.name(name);
    this.copy(value === null ? NULL : pieceOf(value));
    this.comma();
  }

  /** Any text, made inert. */
  text(name: Piece, value: string | null): void {
    this.name(name);
    if (value === null) this.copy(NULL);
    else this.quoted(value);
    this.comma();
  }

  /** What is JSON already. */
  piece(name: Piece, value: Piece): void {
    this.name(name);
    this.room(ROOM + value.length);
    this.copy(value);
    this.comma();
  }

  numbers(name: Piece, values: readonly number[]): void {
    this.openList(name);
    for (const value of values) this.number(NOTHING, value);
    this.closeList();
  }

  words(name: Piece, values: readonly string[]): void {
    this.openList(name);
    for (const value of values) this.word(NOTHING, value);
    this.closeList();
  }

  texts(name: Piece, values: readonly string[]): void {
    this.openList(name);
    for (const value of values) this.text(NOTHING, value);
    this.closeList();
  }

  /** Characters as they are. */
  raw(text: string): void {
    this.room(text.length * 3 + ROOM);
    this.at += this.bytes.write(text, this.at);
  }

  private begin(name: Piece, bracket: number): void {
    this.name(name);
    this.bytes[this.at++] = bracket;
  }

  private end(bracket: number): void {
    this.room(ROOM);
    if (this.bytes[this.at - 1] === COMMA) this.at--;
    this.bytes[this.at++] = bracket;
    this.comma();
  }

  private name(name: Piece): void {
    this.room(ROOM);
    this.copy(name);
  }

  private comma(): void {
    this.bytes[this.at++] = COMMA;
  }

  private copy({ words, length }: Piece): void {
    const { view, at } = this;
    for (let word = 0; word < words.length; word++) view.setFloat64(at + word * 8, words[word]!, true);
    this.at = at + length;
  }

  private digits(value: number): void {
    if (!(Number.isInteger(value) && value >= 0 && value < 1e9)) {
      this.ascii(String(value));
      return;
    }
    const thousands = (value / 1e3) | 0;
    const millions = (value / 1e6) | 0;
    if (millions > 0) {
      this.firstDigits(millions);
      this.threeDigits(thousands - millions * 1000);
      this.threeDigits(value - thousands * 1000);
    } else if (thousands > 0) {
      this.firstDigits(thousands);
      this.threeDigits(value - thousands * 1000);
    } else {
      this.firstDigits(value);
    }
  }

  private firstDigits(value: number): void {
    this.view.setInt32(this.at, DIGITS[value]!, true);
    this.at += value < 10 ? 1 : value < 100 ? 2 : 3;
  }

  private threeDigits(value: number): void {
    this.view.setInt32(this.at, THREE_DIGITS[value]!, true);
    this.at += 3;
  }

  /**
   * As `formatTime` has it, without making a string of it where there are microseconds or nanoseconds, and ten digits
   * of seconds: until 2286.
   */
  private seconds(time: Time): void {
    const { epoch, digits } = this.clock;
    const ticksPerSecond = POWERS_OF_TEN[digits]!;
    const ticks = Math.round(time / POWERS_OF_TEN[9 - digits]!);
    const whole = Math.floor(ticks / ticksPerSecond);
    const seconds = epoch + whole;
    if ((digits !== 6 && digits !== 9) || seconds < 1e9 || seconds >= 1e10 || !Number.isSafeInteger(ticks)) {
      this.ascii(formatTime(this.clock, time));
      return;
    }
    const millions = (seconds / 1e6) | 0;
    const ones = (seconds - millions * 1e6) | 0;
    this.digits(millions);
    this.sixDigits(ones);
    this.bytes[this.at++] = POINT;
    const fraction = (ticks - whole * ticksPerSecond) | 0;
    if (digits === 6) {
      this.sixDigits(fraction);
    } else {
      const thousands = (fraction / 1e3) | 0;
      this.sixDigits(thousands);
      this.threeDigits(fraction - thousands * 1000);
    }
  }

  private nanoseconds(time: Time): void {
    const whole = Math.floor(time / 1e9);
    const second = this.clock.epoch + whole;
    const day = Math.floor(second / DAY);
    if (day !== this.day) this.dayText = textOfDay(day);
    this.day = day;
    if (this.dayText === null) {
      this.bytes[this.at++] = QUOTE;
      this.ascii(String(second));
    } else {
      this.copy(this.dayText);
      this.timeOfDay((second - day * DAY) | 0);
    }
    this.bytes[this.at++] = POINT;
    const rest = Math.min(Math.round(time - whole * 1e9), 999_999_999);
    const thousands = (rest / 1e3) | 0;
    this.sixDigits(thousands);
    this.threeDigits(rest - thousands * 1000);
    this.bytes[this.at++] = QUOTE;
  }

  /** `10:04:01`, of seconds since midnight. */
  private timeOfDay(second: number): void {
    const minute = (second / 60) | 0;
    const hour = (minute / 60) | 0;
    this.twoDigits(hour);
    this.bytes[this.at++] = COLON;
    this.twoDigits(minute - hour * 60);
    this.bytes[this.at++] = COLON;
    this.twoDigits(second - minute * 60);
  }

  private twoDigits(value: number): void {
    const tens = (value / 10) | 0;
    this.bytes[this.at++] = ZERO + tens;
    this.bytes[this.at++] = ZERO + value - tens * 10;
  }

  private sixDigits(value: number): void {
    const thousands = (value / 1e3) | 0;
    this.threeDigits(thousands);
    this.threeDigits(value - thousands * 1000);
  }

  private ascii(text: string): void {
    const { bytes, at } = this;
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
    this.at = at + text.length;
  }

  private quoted(text: string): void {
    const { length } = text;
    this.room(ROOM + length);
    const { bytes, at } = this;
    if (!(length < LONG ? this.plain(text) : PLAIN.test(text) && bytes.write(text, at + 1, 'latin1') === length)) {
      this.raw(inertJson(text));
      return;
    }
    bytes[at] = QUOTE;
    bytes[at + 1 + length] = QUOTE;
    this.at = at + length + 2;
  }

  /** Writes the characters of a string, if they are plain, a byte behind `at`. */
  private plain(text: string): boolean {
    const { bytes, at } = this;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (SPECIAL[unit] !== 0) return false;
      bytes[at + 1 + i] = unit;
    }
    return true;
  }

  private room(bytes: number): void {
    if (this.at + bytes > this.bytes.length) this.grow(this.at + bytes);
  }

  /** For a record that does not fit: there is no bound on what one says. */
  private grow(length: number): void {
    const grown = Buffer.alloc(Math.max(length, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
    this.view = viewOf(grown);
  }
}

/** `"2026-11-20 `; null of a day that no calendar has, for a capture may claim any. */
function textOfDay(day: number): Piece | null {
  const end = new Date((day + 1) * DAY * 1000 - 1);
  return Number.isNaN(end.getTime()) ? null : new Piece(`"${end.toISOString().replace(/T.*/, ' ')}`);
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
