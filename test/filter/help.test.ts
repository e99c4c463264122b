import { expect, test } from 'vitest';
import { fields } from '../../src/filter/filter.js';
import { filterHelp } from '../../src/filter/help.js';

test('every field, with its type and what it means', () => {
  const help = filterHelp();
  for (const { name, type, description } of fields)
    expect(help).toMatch(
      new RegExp(`^ {4}${name} +${type} +${description.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`, 'm'),
    );
});

test('the page in docs is this one', async () => {
  await expect(filterHelp()).toMatchFileSnapshot('../../docs/filters.md');
});
