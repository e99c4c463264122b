/** Characters of a name or a text that are kept: all that is asked for is shorter. */
const LONGEST = 1024;

/** Containers inside of each other: JSON of ours has seven. */
const DEEPEST = 1000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** A container whose end has not come. */
interface Open {
  /** Null in a list. */
  readonly node: Record<string, unknown> | null;
  /** The member it is in the container around it; null in a list, and at the top. */
  readonly name: string | null;
  key: string | null;
  /** What may come next. */
  expects: 'first' | 'value' | 'colon' | 'next' | 'key';
}

/**
 * Called at the end of every object: `depth` 1 is one at the top; `member`: whose list or member it stands in, of the
 * object at the top.
 */
export type Take = (node: Readonly<Record<string, unknown>>, depth: number, member: string | null) => void;

/**
 * Reads JSON values of any size and layout, one behind the other, and keeps of each object only its members `names`:
 * texts, numbers, words and objects of such, while they are open. Memory grows with the depth, not with the length.
 */
export class JsonSkim {
  readonly #names: ReadonlySet<string>;
  readonly #take: Take;
  readonly #open: Open[] = [];
  /** A text (`"`) or a word (`w`) that has begun. */
  #token: '"' | 'w' | null = null;
  #text = '';
  #length = 0;
  #isEscaped = false;
  #offset = 0;

  constructor(names: ReadonlySet<string>, take: Take) {
    this.#names = names;
    this.#take = take;
  }

  /** @throws Error where it is no JSON, with the byte offset */
  push(bytes: Uint8Array): void {
    const { length } = bytes;
    for (let at = 0; at < length;) {
      if (this.#token === '"') at = this.#inText(bytes, at);
      else if (this.#token === 'w' && isWord(bytes[at]!)) this.#keep(String.fromCharCode(bytes[at++]!));
      else if (this.#token === 'w') this.#endWord();
      else this.#structure(bytes[at]!, this.#offset + at++);
    }
    this.#offset += length;
  }

  /** @throws Error where it is cut off */
  end(): void {
    if (this.#token === 'w') this.#endWord();
    if (this.#token !== null || this.#open.length > 0) throw new Error('the JSON is cut off');
  }

  #inText(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) {
        this.#keepBytes(bytes, from, at);
        this.#token = null;
        this.#endText();
        return at + 1;
      }
    }
    this.#keepBytes(bytes, from, bytes.length);
    return bytes.length;
  }

  #keepBytes(bytes: Uint8Array, from: number, to: number): void {
    // Latin-1, so that a character of several bytes may lie on both sides: it is put together at the end.
    const kept = Math.min(to, from + Math.max(LONGEST - this.#text.length, 0));
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset + from, kept - from).toString('latin1');
    this.#length += to - from;
  }

  #keep(text: string): void {
    if (this.#text.length < LONGEST) this.#text += text;
    this.#length += 1;
  }

  #endText(): void {
    // Nobody asks for a text that is too long.
    const text =
      this.#length > LONGEST ? '' : (JSON.parse(`"${Buffer.from(this.#text, 'latin1').toString()}"`) as string);
    this.#text = '';
    const open = this.#open.at(-1);
    if (open !== undefined && open.node !== null && (open.expects === 'first' || open.expects === 'key')) {
      open.key = text;
      open.expects = 'colon';
    } else {
      this.#value(this.#length > LONGEST ? null : text);
    }
    this.#length = 0;
  }

  #endWord(): void {
    const value: unknown = JSON.parse(this.#text);
    this.#token = null;
    this.#text = '';
    this.#length = 0;
    this.#value(value);
  }

  #structure(byte: number, offset: number): void {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return;
    const open = this.#open.at(-1);
    const expects = open?.expects ?? 'value';
    const isKey = open?.node !== null && open !== undefined && (expects === 'first' || expects === 'key');
    const isValue = !isKey && (expects === 'first' || expects === 'value');
    if (byte === QUOTE && (isKey || isValue)) this.#token = '"';
    else if ((byte === 0x7b || byte === 0x5b) && isValue) this.#begin(byte === 0x7b);
    else if (
      byte === (open?.node === null ? 0x5d : 0x7d) && open !== undefined &&
      (expects === 'first' || expects === 'next')
    )
      this.#close();
    else if (byte === 0x3a && expects === 'colon' && open !== undefined) open.expects = 'value';
    else if (byte === 0x2c && expects === 'next' && open !== undefined)
      open.expects = open.node === null ? 'value' : 'key';
    else if (isWord(byte) && isValue) {
      this.#token = 'w';
      this.#keep(String.fromCharCode(byte));
    } else {
      throw new Error(`no JSON at byte ${offset}`);
    }
  }

  #begin(isObject: boolean): void {
    if (this.#open.length >= DEEPEST) throw new Error(`more than ${DEEPEST} lists and objects in each other`);
    const name = this.#open.at(-1)?.key ?? null;
    this.#open.push({ node: isObject ? {} : null, name, key: null, expects: 'first' });
  }

  #close(): void {
    const { node } = this.#open.pop()!;
    const depth = this.#open.length + 1;
    if (node !== null) this.#take(node, depth, this.#open[0]?.key ?? null);
    this.#value(node);
  }

  #value(value: unknown): void {
    const open = this.#open.at(-1);
    if (open === undefined) return;
    open.expects = 'next';
    if (open.node !== null && open.key !== null && this.#names.has(open.key)) open.node[open.key] = value;
  }
}

/** Letters, digits and signs of numbers and of true, false, null. */
function isWord(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b ||
    byte === 0x2e || byte === 0x45
  );
}
