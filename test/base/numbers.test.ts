import { expect, expectTypeOf, test } from 'vitest';

import type { ConnectionId, FrameNumber, Row } from '../../src/base/numbers.js';
import { SECOND, type Duration, type Time } from '../../src/base/time.js';

test('numbers of one kind are not taken for those of another, and what is calculated is of none', () => {
  expectTypeOf<Time>().not.toExtend<Duration>();
  expectTypeOf<FrameNumber>().not.toExtend<Row>();
  expectTypeOf<Row>().not.toExtend<ConnectionId>();
  expectTypeOf<number>().toExtend<Time>();
  const [from, to]: Time[] = [2 * SECOND, 5 * SECOND];
  const lasted: Duration = to! - from!;
  expect(lasted).toBe(3 * SECOND);
});
