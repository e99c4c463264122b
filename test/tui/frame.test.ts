import { describe, expect, it } from 'vitest';
import { act, contextOf, filterOf, firstFrame, openFlow, openGroup, topOf, type, type Frame, type Surroundings } from '../../src/tui/frame.js';
import type { Action } from '../../src/tui/keys.js';

const surroundings: Surroundings = { extent: { count: 20, height: 10 }, keyAt: (row) => `row ${row}`, opens: openGroup('half-closed: leak 10.77.2.2:8000') };

function after(frame: Frame, ...actions: Action[]): Frame {
  return actions.reduce((before, action) => act(before, action, surroundings), frame);
}

describe('panels', () => {
  it('are opened one from the other and left in turn, the first never', () => {
    const opened = after(firstFrame, 'open');
    expect(topOf(opened)).toMatchObject({ kind: 'findings', group: 'half-closed: leak 10.77.2.2:8000' });
    const flow = act(opened, 'open', { ...surroundings, opens: openFlow(7) });
    expect(topOf(flow)).toMatchObject({ kind: 'flow', flow: 7 });
    expect(flow.panels.map(({ kind }) => kind)).toEqual(['groups', 'findings', 'flow']);
    expect(after(flow, 'back', 'back', 'back', 'back')).toEqual(firstFrame);
  });

  it('are where they were left', () => {
    const frame = after(firstFrame, 'down', 'down', 'open', 'down', 'back');
    expect(topOf(frame)).toMatchObject({ list: { cursor: { row: 2, top: 0 }, key: 'row 2' } });
  });

  it('do not open what is not there', () => {
    expect(act(firstFrame, 'open', { ...surroundings, opens: null })).toBe(firstFrame);
  });
});

describe('the filter', () => {
  const typing = ['l', 'e', 'ä', '漢'].reduce(type, after(firstFrame, 'down', 'filter'));

  it('takes what is typed, from the top of the list', () => {
    expect(contextOf(typing)).toBe('filter');
    expect(topOf(typing)).toMatchObject({ list: { filter: 'leä漢', cursor: { row: 0, top: 0 }, key: null } });
  });

  it('is erased a character at a time; erasing nothing leaves it', () => {
    expect(filterOf(after(typing, 'erase'))).toBe('leä');
    expect(after(typing, 'erase-all', 'erase')).toMatchObject({ isTyping: false });
  });

  it('stays when it is accepted, and goes before the panel does', () => {
    const kept = after(typing, 'accept-filter');
    expect([contextOf(kept), filterOf(kept)]).toEqual(['groups', 'leä漢']);
    const dropped = after(kept, 'back');
    expect([dropped.panels.length, filterOf(dropped)]).toEqual([1, '']);
  });
});

describe('a flow', () => {
  const flow: Frame = { ...firstFrame, panels: [...firstFrame.panels, openFlow(7)] };

  it('has two panes that scroll apart and end with a full page', () => {
    const frame = after(flow, 'down', 'other-pane', 'last');
    expect(topOf(frame)).toMatchObject({ view: { pane: 'explanation', tops: { ladder: 1, explanation: 10 } } });
  });
});

it('shows and hides the help over any panel', () => {
  expect(contextOf(after(firstFrame, 'help'))).toBe('help');
  expect(after(firstFrame, 'help', 'help')).toEqual(firstFrame);
});
