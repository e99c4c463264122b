import { expect, test } from 'vitest';
import { render } from '../../src/report/render.js';
import { analysis, connection, finding } from './analysis-fixture.js';

const leaking = analysis({ connections: [connection()], findings: [finding()] });

async function rendered(...args: Parameters<typeof render>): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of render(...args)) pieces.push(piece);
  return pieces.join('');
}

test('without options as into a pipe', async () => {
  expect(await rendered(leaking, 'text')).not.toContain('\u001B');
  expect(await rendered(leaking, 'csv')).toMatch(/^flow,stream,/);
  expect(await rendered(leaking, 'junit')).toContain('failures="1"');
});

test('options reach the format', async () => {
  expect(await rendered(leaking, 'text', { color: true })).toContain('\u001B');
  expect(await rendered(leaking, 'csv', { table: 'groups' })).toMatch(/^severity,finding,/);
  expect(await rendered(leaking, 'junit', { failOn: 'never' })).not.toContain('failures="1"');
});

test('a long report comes in pieces of some size', async () => {
  const many = analysis({ connections: Array.from({ length: 500 }, (_, id) => connection({ id })) });
  const sizes: number[] = [];
  for await (const piece of render(many, 'ndjson')) sizes.push(piece.length);
  expect(sizes.length).toBeGreaterThan(3);
  expect(Math.max(...sizes)).toBeLessThan(70_000);
});
