/** Values that break what trusts them: nothing, one, the largest of each size and their neighbours, the sign bits. */
const EDGES = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 19, 20, 31, 0x7f, 0x80, 0xff, 0x100, 0x5dc, 0x600, 0x7fff, 0x8000, 0xfffe, 0xffff,
  0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];

/** Of the numbers in a capture, those that are bent: none, few, many. */
const SHARES = [0, 0.002, 0.01, 0.05, 0.2];

/**
 * Bytes up to which a capture is repeated, and how often that is done at all: it takes as long as hundreds of small
 * ones.
 */
const LARGEST = 900_000;
const LARGE = 0.00005;

/** The bytes of a whole capture with numbers bent and records damaged. `starts`: where its records begin. */
export function mutant(choice, { bytes, fields }, starts) {
  const bent = Uint8Array.from(bytes);
  bend(choice, bent, fields, choice.pick(SHARES));
  const damaged = damage(choice, bent, starts);
  return choice.chance(LARGE) ? repeated(damaged, starts[1] ?? 0) : damaged;
}

/** Puts other numbers in place of `share` of those that stand at `fields`. */
function bend(choice, bytes, fields, share) {
  if (share === 0) return;
  const view = new DataView(bytes.buffer);
  // From one bent number to the next, without asking at each between them.
  for (let index = gap(choice, share); index < fields.length / 2; index += 1 + gap(choice, share)) {
    const offset = fields[index * 2];
    const width = fields[index * 2 + 1];
    const little = width < 0;
    switch (Math.abs(width)) {
      case 1: view.setUint8(offset, another(choice, view.getUint8(offset))); break;
      case 2: view.setUint16(offset, another(choice, view.getUint16(offset, little)), little); break;
      default: view.setUint32(offset, another(choice, view.getUint32(offset, little)), little);
    }
  }
}

/** Numbers passed over before one is bent. */
function gap(choice, share) {
  return Math.floor(Math.log(1 - choice.random.fraction()) / Math.log(1 - share));
}

function another(choice, value) {
  switch (choice.between(0, 3)) {
    case 0: return value + choice.between(-4, 4);
    case 1: return value ^ (1 << choice.between(0, 31));
    case 2: return choice.random.next();
    default: return choice.pick(EDGES);
  }
}

/** Does to whole records and bytes what disks, networks and careless programs do. */
function damage(choice, bytes, starts) {
  const record = () => {
    const index = choice.between(0, starts.length - 1);
    return [starts[index], starts[index + 1] ?? bytes.length];
  };
  const somewhere = () => choice.between(0, bytes.length - 1);
  switch (choice.pick(['', '', 'cut', 'noise', 'flip', 'overwrite', 'again', 'twice', 'swap', 'drop', 'lose'])) {
    case 'cut': return bytes.subarray(0, choice.between(0, bytes.length));
    case 'noise': return insert(bytes, choice.pick(starts), choice.noise(choice.between(1, 100)));
    case 'flip': {
      for (let times = choice.between(1, 20); times > 0; times -= 1) bytes[somewhere()] ^= 1 << choice.between(0, 7);
      return bytes;
    }
    case 'overwrite': {
      const at = somewhere();
      bytes.fill(choice.pick([0, 0xff, 0x41]), at, at + choice.between(1, 64));
      return bytes;
    }
    case 'again': return insert(bytes, bytes.length, bytes);
    case 'twice': return insert(bytes, choice.pick(starts), bytes.subarray(...record()));
    case 'swap': {
      const [from, to] = record();
      const moved = bytes.slice(from, to);
      return insert(without(bytes, from, to), Math.min(choice.pick(starts), bytes.length - moved.length), moved);
    }
    case 'drop': return without(bytes, ...record());
    case 'lose': {
      const at = somewhere();
      return without(bytes, at, Math.min(bytes.length, at + choice.between(1, 40)));
    }
    default: return bytes;
  }
}

function insert(bytes, at, more) {
  const whole = new Uint8Array(bytes.length + more.length);
  whole.set(bytes.subarray(0, at));
  whole.set(more, at);
  whole.set(bytes.subarray(at), at + more.length);
  return whole;
}

function without(bytes, from, to) {
  const rest = new Uint8Array(bytes.length - (to - from));
  rest.set(bytes.subarray(0, from));
  rest.set(bytes.subarray(to), from);
  return rest;
}

/** One run of records again and again behind the first, which is the header of the file. */
function repeated(bytes, headerEnd) {
  const records = bytes.subarray(headerEnd);
  if (records.length === 0) return bytes;
  const times = Math.max(1, Math.floor((LARGEST - headerEnd) / records.length));
  const whole = new Uint8Array(Math.min(headerEnd, bytes.length) + times * records.length);
  whole.set(bytes.subarray(0, headerEnd));
  for (let i = 0; i < times; i += 1) whole.set(records, Math.min(headerEnd, bytes.length) + i * records.length);
  return whole;
}
