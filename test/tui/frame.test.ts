import { describe, expect, it } from 'vitest';
import {
  act, contextOf, filterOf, firstFrame, focusPane, paneOf, topOf, type, type Frame, type ViewContext,
} from '../../src/tui/frame.js';
import { openConnections, openFlow, openGroup, openNetstat } from '../../src/tui/panel.js';
import type { Action } from '../../src/tui/keys.js';

const context: ViewContext = {
  extent: { count: 20, height: 10 }, keyAt: (row) => `row ${row}`, opens: openGroup('half-closed: leak 10.77.2.2:8000'),
  notable: (direction) => 10 + direction, candidates: ['port ', 'packets '], time: 5e9,
  step: (step) => (step === 'second-on' ? 6e9 : 4e9), cursor: (direction) => 5e9 + direction, flow: 7,
  ladder: {
    extent: { count: 20, height: 10 }, run: 3, jump: 12, evidence: (direction) => (direction === 1 ? 15 : null),
  },
};

function after(frame: Frame, ...actions: Action[]): Frame {
  return actions.reduce((before, action) => act(before, action, context), frame);
}

describe('panels', () => {
  it('are opened one from the other and left in turn, the first never', () => {
    const opened = after(firstFrame, 'open');
    expect(topOf(opened)).toMatchObject({ kind: 'findings', group: 'half-closed: leak 10.77.2.2:8000' });
    const flow = act(opened, 'open', { ...context, opens: openFlow(7) });
    expect(topOf(flow)).toMatchObject({ kind: 'flow', flow: 7 });
    expect(flow.panels.map(({ kind }) => kind)).toEqual(['triage', 'findings', 'flow']);
    expect(after(flow, 'back', 'back', 'back', 'back')).toEqual(firstFrame);
  });

  it('are where they were left', () => {
    const frame = after(firstFrame, 'down', 'down', 'open', 'down', 'back');
    expect(topOf(frame)).toMatchObject({ lists: { groups: { cursor: { row: 2, top: 0 }, key: 'row 2' } } });
  });

  it('do not open what is not there', () => {
    expect(act(firstFrame, 'open', { ...context, opens: null })).toBe(firstFrame);
  });
});

describe('the filter', () => {
  const typing = ['l', 'e', 'ä', '漢'].reduce(type, after(firstFrame, 'down', 'filter'));

  it('takes what is typed, from the top of the list', () => {
    expect(contextOf(typing)).toBe('filter');
    expect(topOf(typing)).toMatchObject({
      lists: { groups: { filter: 'leä漢', cursor: { row: 0, top: 0 }, key: null } },
    });
  });

  it('is erased a character at a time; erasing nothing leaves it', () => {
    expect(filterOf(after(typing, 'erase'))).toBe('leä');
    expect(after(typing, 'erase-all', 'erase')).toMatchObject({ typing: null });
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

  it('has two panes with a cursor each', () => {
    const frame = after(flow, 'down', 'other-pane', 'last');
    expect(topOf(frame)).toMatchObject({
      view: { pane: 'explanation', cursors: { ladder: { row: 1 }, explanation: { row: 19, top: 10 } } },
    });
  });

  it('leads from a line of the explanation to its frame, and from evidence to evidence', () => {
    expect(topOf(after(flow, 'other-pane', 'jump'))).toMatchObject({
      view: { pane: 'ladder', cursors: { ladder: { row: 12 } } },
    });
    expect(topOf(after(flow, 'next'))).toMatchObject({ view: { cursors: { ladder: { row: 15 } } } });
    expect(after(flow, 'previous')).toBe(flow);
  });

  it('opens and closes runs of data', () => {
    expect(topOf(after(flow, 'unfold'))).toMatchObject({ view: { open: new Set([3]) } });
    expect(topOf(after(flow, 'unfold', 'unfold'))).toMatchObject({ view: { open: new Set() } });
  });
});

describe('the first screen', () => {
  it('has three panes that Tab goes round and a mouse chooses', () => {
    expect(
      ['other-pane', 'other-pane', 'other-pane'].map((_, at, all) =>
        paneOf(topOf(after(firstFrame, ...(all.slice(0, at + 1) as Action[])))),
      ),
    ).toEqual(['services', 'chart', 'groups']);
    expect(paneOf(topOf(focusPane(firstFrame, 'chart')))).toBe('chart');
    expect(focusPane(firstFrame, 'ladder')).toBe(firstFrame);
  });

  it('has a cursor in the chart, and the sockets of that moment behind it', () => {
    const chart = after(focusPane(firstFrame, 'chart'), 'cursor-back');
    expect(topOf(chart)).toMatchObject({ cursor: 5e9 - 1 });
    expect(topOf(after(chart, 'netstat'))).toMatchObject({ kind: 'netstat', netstat: { time: 5e9 } });
  });

  it('is a key away from everywhere', () => {
    expect(after(firstFrame, 'connections', 'netstat', 'hosts', 'triage').panels).toEqual(firstFrame.panels);
  });
});

describe('the sockets', () => {
  const netstat: Frame = { ...firstFrame, panels: [...firstFrame.panels, openNetstat(5e9)] };

  it('are compared with the moment before each step', () => {
    expect(topOf(after(netstat, 'second-on'))).toMatchObject({ netstat: { time: 6e9, before: 5e9 } });
  });

  it('are the newest ones where no moment is looked at', () => {
    expect(topOf(after(firstFrame, 'netstat'))).toMatchObject({ netstat: { time: null } });
    expect(topOf(after(focusPane(firstFrame, 'chart'), 'netstat'))).toMatchObject({ netstat: { time: null } });
    expect(topOf(after(firstFrame, 'connections', 'netstat'))).toMatchObject({ netstat: { time: null } });
    expect(topOf(act({ ...firstFrame, panels: [openFlow(7)] }, 'netstat', context))).toMatchObject({
      netstat: { time: 5e9 },
    });
  });

  it('follow the newest moment', () => {
    expect(topOf(after(netstat, 'second-on', 'follow'))).toMatchObject({ netstat: { time: null, before: null } });
  });
});

describe('the flows', () => {
  const flows: Frame = { ...firstFrame, panels: [...firstFrame.panels, openConnections('server 10.77.2.2:8000')] };

  it('are left at once where a service opened them, and freed of a filter that was typed', () => {
    expect(after(flows, 'back')).toEqual(firstFrame);
    const other = after(flows, 'filter', 'erase', 'accept-filter', 'back');
    expect([filterOf(other), other.panels.length]).toEqual(['', 2]);
  });

  it('complete the word that is typed with the candidate that is chosen', () => {
    expect(filterOf(after(flows, 'filter', 'next-candidate', 'complete'))).toBe('packets ');
    expect(filterOf(after(flows, 'filter', 'previous-candidate', 'previous-candidate', 'complete'))).toBe('port ');
  });

  it('are marked and freed of marks', () => {
    expect(after(flows, 'mark').marks).toEqual(new Set([7]));
    expect(after(flows, 'mark', 'mark').marks).toEqual(new Set());
    expect(after(flows, 'mark', 'unmark').marks).toEqual(new Set());
  });

  it('are sorted by one column after the other, then by none', () => {
    expect(after(flows, 'sort-next').choice.sort).toEqual({ column: 'STREAM', isDescending: false });
    expect(after(flows, 'sort-next', 'sort-next', 'reverse').choice.sort).toEqual({
      column: 'CLIENT', isDescending: true,
    });
    expect(after(flows, ...Array<Action>(12).fill('sort-next')).choice.sort).toBeNull();
  });

  it('hide and show the columns that the reader chooses', () => {
    const hidden = after(flows, 'columns', 'down', 'toggle-column', 'columns');
    expect(hidden.choice.hidden.has('CLIENT')).toBe(true);
    expect(contextOf(hidden)).toBe('connections');
    expect(after(hidden, 'columns', 'toggle-column').choice.hidden.has('CLIENT')).toBe(false);
  });

  it('go to the next notable one', () => {
    expect(topOf(after(flows, 'next'))).toMatchObject({ lists: { connections: { cursor: { row: 11 } } } });
  });

  it('follow the end until the reader moves', () => {
    expect(topOf(after(flows, 'follow'))).toMatchObject({ lists: { connections: { follows: true } } });
    expect(topOf(after(flows, 'follow', 'up'))).toMatchObject({ lists: { connections: { follows: false } } });
  });
});

it('shows and hides the help over any panel', () => {
  expect(contextOf(after(firstFrame, 'help'))).toBe('help');
  expect(after(firstFrame, 'help', 'help')).toEqual(firstFrame);
});
