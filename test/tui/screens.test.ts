import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { act, firstFrame, paneOf, topOf, type ViewContext } from '../../src/tui/frame.js';
import { actionOf } from '../../src/tui/keys.js';
import { indexAt } from '../../src/tui/list/source.js';
import { Plain } from '../../src/tui/plain/plain.js';
import { screens } from '../../src/tui/screens.js';
import { unpainted } from '../../src/tui/theme.js';
import { analysisOf } from './fixture.js';

describe.each(screens.map((screen) => [screen.name, screen] as const))('the screen %s', (name, screen) => {
  const analysis = analysisOf(12);
  const source = screen.source(analysis);

  it('has its folder', () => {
    expect(existsSync(`src/tui/${name}/screen.ts`)).toBe(true);
  });

  it('opens by its key from the first screen, and is the pane that the keys go to', () => {
    const action = actionOf(screen.key, 'groups');
    expect(action).toBe(name);
    const frame = act(firstFrame, action!, {} as ViewContext);
    expect([paneOf(topOf(frame)), frame.panels.length]).toEqual([name, 2]);
    expect(act(frame, 'back', {} as ViewContext).panels).toEqual(firstFrame.panels);
  });

  it('shows rows, each with a name of its own, and more about one', () => {
    expect(source.title).not.toBe('');
    const keys = Array.from({ length: source.count }, (_, position) =>
      source.key(indexAt({ source, indices: null, searched: 1 }, position)),
    );
    expect(new Set(keys).size).toBe(source.count);
    for (const column of source.columns) expect(typeof column.text(source.row(0) as never)).toBe('string');
    expect(source.preview(source.row(0) as never, 60, unpainted).length).toBeGreaterThan(0);
  });

  it('is said line by line', async () => {
    const plain = new Plain(analysis, () => Promise.resolve([]));
    expect(await plain.answer(name)).toContain(source.title);
    expect(await plain.answer('help')).toContain(`${name}: ${screen.holds}`);
  });
});
