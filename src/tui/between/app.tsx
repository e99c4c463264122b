import { Box, type Instance } from 'ink';
import { useSyncExternalStore } from 'react';
import type { ReadStream } from 'node:tty';
import { Footer } from '../footer/footer.js';
import { listOf, paneOf, topOf } from '../frame.js';
import { Help } from '../help/help.js';
import type { ListName } from '../keys.js';
import { List } from '../list/list.js';
import { Rows } from '../rows.js';
import { mount, useKeys } from '../terminal/mount.js';
import type { Screen } from '../terminal/screen.js';
import type { Paint } from '../theme.js';
import { Connection } from './connection.js';
import { drawBetweenOpening } from './opening.js';
import type { BetweenSession } from './session.js';
import type { BetweenView } from './view.js';

/*
 * The screen of both ends:
 *
 *  ┌──────────────────────────────────────────────────────────────────────────┐
 *  │ lastack   client.pcapng → server.pcapng                           status │ Header: as many lines as it takes
 *  │   9 connections at both taps…   Clocks: the server's is 200 ms ahead…    │
 *  │                                                                          │
 *  │  title of the list                                                  1/12 │ List: what did not pass as sent, what
 *  │  NAMES   OF   COLUMNS                                                    │ did, what one tap alone has;
 *  │› the selected row                                                        │ or Connection: ladder and explanation;
 *  │──────────────────────────────────────────────────────────────────────────│ or Help
 *  │  more about the selected row                                             │
 *  │                                                                          │
 *  │ Enter open   / search   p passed   o at one tap   ? help   q quit        │ Footer
 *  └──────────────────────────────────────────────────────────────────────────┘
 */
export function BetweenApp({ session, paint }: { readonly session: BetweenSession; readonly paint: Paint }) {
  const view = useSyncExternalStore(session.subscribe, session.view);
  useKeys(session);
  return (
    <Box flexDirection="column">
      <Rows lines={[...view.header, '']} />
      <Body view={view} paint={paint} />
      <Footer view={view} paint={paint} />
    </Box>
  );
}

function Body({ view, paint }: { readonly view: BetweenView; readonly paint: Paint }) {
  const { frame, layout, taps, lists, document } = view;
  const panel = topOf(frame);
  if (frame.overlay === 'help')
    return <Help pane={paneOf(panel)} top={frame.helpTop} filter={frame.helpFilter} layout={layout} paint={paint} />;
  const opening = <Rows lines={drawBetweenOpening(view, paint)} />;
  if (taps === null) return opening;
  if (panel.kind === 'flow')
    return document?.index === panel.flow ? (
      <Connection taps={taps} document={document} state={panel.view} layout={layout} paint={paint} />
    ) : (
      opening
    );
  const [list, matches] = [listOf(panel), lists[paneOf(panel) as ListName]];
  if (list === null || matches === undefined) return opening;
  return <List list={list} matches={matches} layout={layout} paint={paint} instead={null} />;
}

/** Puts the screen up. */
export function draw(session: BetweenSession, paint: Paint, screen: Screen, keyboard: ReadStream): Instance {
  return mount(<BetweenApp session={session} paint={paint} />, screen, keyboard);
}
