import { Box, type Instance } from 'ink';
import { useSyncExternalStore } from 'react';
import type { ReadStream } from 'node:tty';
import { drawCandidates } from './connections/candidates.js';
import { drawChoice } from './connections/choice.js';
import { completions, isUnfinished } from './connections/completions.js';
import { Flow } from './flow-detail/flow-detail.js';
import { Footer } from './footer/footer.js';
import { contextOf, filterOf, listOf, paneOf, topOf } from './frame.js';
import type { ListName } from './keys.js';
import { Header } from './header/header.js';
import { Help } from './help/help.js';
import { List } from './list/list.js';
import { Netstat } from './netstat/netstat.js';
import { Opening } from './progress/opening.js';
import { Rows } from './rows.js';
import type { Session } from './session.js';
import type { View } from './view.js';
import { mount, useKeys } from './terminal/mount.js';
import type { Screen } from './terminal/screen.js';
import type { Paint } from './theme.js';
import { Triage } from './triage/triage.js';

/*
 * The screen:
 *
 *  ┌──────────────────────────────────────────────────────────────────────────┐
 *  │ lastack   night.pcapng   812 flows   12,345 packets   4 min 12 s  status │ Header
 *  │                                                                          │
 *  │▸ title of the panel                                                 3/12 │ one of
 *  │  NAMES   OF   COLUMNS                                                    │ Triage: findings, services, chart
 *  │› the selected row                                                        │ List: findings, flows, hosts
 *  │  another row                                                             │ Netstat: sockets, or counts by service
 *  │  …                                                                       │ Flow: ladder | explanation
 *  │──────────────────────────────────────────────────────────────────────────│ Help
 *  │  more about the selected row                                             │ Opening
 *  │                                                                          │
 *  │ Enter open   Tab next pane   / filter   f flows   ? help   q quit        │ Footer, or the filter as it is typed
 *  └──────────────────────────────────────────────────────────────────────────┘
 *
 * Panels lie on a stack (`Frame.panels`); the top one is drawn. A new screen that is one list is a folder and a line in
 * screens.ts; one with panes of its own is a folder with its state and its drawing, a line in `Panel`, and a case in
 * `Body`.
 */
export function App({ session, paint }: { readonly session: Session; readonly paint: Paint }) {
  const view = useSyncExternalStore(session.subscribe, session.view);
  useKeys(session);
  return (
    <Box flexDirection="column">
      <Header view={view} paint={paint} />
      <Body view={view} paint={paint} />
      <Footer view={view} paint={paint} />
    </Box>
  );
}

function Body({ view, paint }: { readonly view: View; readonly paint: Paint }) {
  const { frame, layout, analysis, lists, document, scan, moment } = view;
  const panel = topOf(frame);
  if (frame.overlay === 'help')
    return <Help pane={paneOf(panel)} top={frame.helpTop} filter={frame.helpFilter} layout={layout} paint={paint} />;
  if (analysis === null) return <Opening view={view} paint={paint} />;
  if (frame.overlay === 'columns')
    return <Rows lines={drawChoice(analysis, frame.choice, frame.column, layout.columns, layout.body, paint)} />;
  switch (panel.kind) {
    case 'flow':
      if (document?.flow !== panel.flow) return <Opening view={view} paint={paint} />;
      return <Flow document={document} state={panel.view} layout={layout} paint={paint} />;
    case 'triage':
      if (lists.groups === undefined) return <Opening view={view} paint={paint} />;
      return (
        <Triage
          analysis={analysis}
          scan={scan}
          pane={panel.pane}
          lists={panel.lists}
          groups={lists.groups}
          services={lists.services ?? null}
          cursor={panel.cursor}
          layout={layout}
          paint={paint}
        />
      );
    case 'netstat': {
      const [list, matches] = [panel.lists[panel.pane], lists[panel.pane]];
      if (scan === null || moment === null || list === undefined || matches === undefined)
        return <Opening view={view} paint={paint} />;
      return (
        <Netstat
          analysis={analysis}
          moment={moment}
          isNow={panel.netstat.time === null}
          list={list}
          matches={matches}
          layout={layout}
          paint={paint}
        />
      );
    }
    default: {
      const [list, matches] = [listOf(panel), lists[paneOf(panel) as ListName]];
      if (list === null || matches === undefined) return <Opening view={view} paint={paint} />;
      return <List list={list} matches={matches} layout={layout} paint={paint} instead={candidatesOf(view, paint)} />;
    }
  }
}

/** While a filter of the filter language is typed, what could stand next takes the place of the preview. */
function candidatesOf(
  {
    frame, filterError,
    layout: {
      columns, list: { preview },
    },
  }: View,
  paint: Paint,
): string[] | null {
  if (contextOf(frame) !== 'language' || frame.typing === null) return null;
  const filter = filterOf(frame);
  const candidates = completions(filter);
  const error = filterError !== null && isUnfinished(filter, filterError, candidates.length) ? null : filterError;
  return drawCandidates(candidates, frame.typing.candidate, error, Math.max(1, preview - 2), columns - 4, paint);
}

/** Puts the screen up. */
export function draw(session: Session, paint: Paint, screen: Screen, keyboard: ReadStream): Instance {
  return mount(<App session={session} paint={paint} />, screen, keyboard);
}
