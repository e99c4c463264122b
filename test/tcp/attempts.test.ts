import { expect, test } from 'vitest';

import { SECOND } from '../../src/base/time.js';
import { BytePacker } from '../../src/packing/byte-packer.js';
import { ByteUnpacker } from '../../src/packing/byte-unpacker.js';
import { Attempts, isFlood } from '../../src/tcp/attempts.js';

const SERVER = 0x0a00_0001;

function unpacked(attempts: Attempts): Attempts {
  const packer = new BytePacker();
  attempts.pack(packer);
  const from = new ByteUnpacker(packer.bytes());
  const back = Attempts.unpack(from);
  from.finish();
  return back;
}

/** A client that tries again, a scan of sixty ports, and a flood of invented addresses. */
function met(attempts = new Attempts()): Attempts {
  for (let at = 0; at < 10; at++) {
    const attempt = {
      client: 1, server: SERVER, port: 443, start: at * SECOND, end: at * SECOND + 7, syns: at === 3 ? 1 : 6,
    };
    if (at < 5) attempts.addEvicted(attempt, '10.0.0.1');
    else attempts.add(attempt);
  }
  for (let port = 1; port <= 60; port++)
    attempts.add({ client: 2, server: SERVER, port, start: port, end: port, syns: 1 });
  for (let client = 100; client < 400; client++) {
    attempts.add({ client, server: SERVER, port: 80, start: client, end: client, syns: 1 });
  }
  return attempts;
}

function toldOf(attempts: Attempts): unknown {
  return [
    attempts.count, [...attempts.services()], [...attempts.sources()], attempts.isScanner(1), attempts.isScanner(2),
  ];
}

test('what is packed comes back: who asked whom how often, a scan and a flood', () => {
  const attempts = met();
  expect([attempts.isScanner(2), [...attempts.services()].filter(isFlood).length]).toEqual([true, 1]);
  expect(toldOf(unpacked(attempts))).toEqual(toldOf(attempts));
});

test('and is counted on and joined as if it had not been packed', () => {
  expect(toldOf(met(unpacked(met())))).toEqual(toldOf(met(met())));
  const [one, other] = [new Attempts(), new Attempts()];
  one.addAll(met());
  other.addAll(unpacked(met()));
  expect(toldOf(other)).toEqual(toldOf(one));
});
