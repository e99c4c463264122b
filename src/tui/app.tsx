import { Box, render, useInput, type Instance } from 'ink';
import { useSyncExternalStore } from 'react';
import type { ReadStream } from 'node:tty';
import { Flow } from './flow-detail/flow-detail.js';
import { Footer } from './footer/footer.js';
import { topOf } from './frame.js';
import { Header } from './header/header.js';
import { Help } from './help/help.js';
import { List } from './list/list.js';
import { Opening } from './progress/opening.js';
import type { Session, View } from './session.js';
import { keyNames } from './terminal/key-names.js';
import type { Screen } from './terminal/screen.js';
import type { Paint } from './theme.js';

/*
 * The screen:
 *
 *  ┌──────────────────────────────────────────────────────────────────────────┐
 *  │ lastack   night.pcapng   812 flows   12,345 packets   4 min 12 s  status │  Header
 *  │                                                                          │
 *  │  title of the panel                                                 3/12 │  one of:
 *  │  NAMES   OF   COLUMNS                                                    │    List   groups, findings, connections
 *  │› the selected row                                                        │    Flow   ladder | explanation
 *  │  another row                                                             │    Help
 *  │  …                                                                       │    Opening
 *  │──────────────────────────────────────────────────────────────────────────│
 *  │  more about the selected row                                             │
 *  │                                                                          │
 *  │ Enter open   Esc back   / filter   f all flows   ? help   q quit         │  Footer, or the filter while it is typed
 *  └──────────────────────────────────────────────────────────────────────────┘
 *
 * Panels lie on a stack (`Frame.panels`); the top one is drawn. A new panel is a folder with its source or state and
 * its drawing, a line in `Panel`, and a line in `Body`.
 */
export function App({ session, paint }: { readonly session: Session; readonly paint: Paint }) {
  const view = useSyncExternalStore(session.subscribe, session.view);
  useInput((input, key) => {
    for (const name of keyNames(input, key)) session.press(name);
  });
  return (
    <Box flexDirection="column">
      <Header view={view} paint={paint} />
      <Body view={view} paint={paint} />
      <Footer view={view} paint={paint} />
    </Box>
  );
}

function Body({ view, paint }: { readonly view: View; readonly paint: Paint }) {
  const { frame, layout, analysis, matches, document } = view;
  const panel = topOf(frame);
  if (frame.isHelp) return <Help layout={layout} paint={paint} />;
  if (panel.kind === 'flow') {
    if (analysis === null || document?.flow !== panel.flow) return <Opening view={view} paint={paint} />;
    return <Flow analysis={analysis} document={document} state={panel.view} layout={layout} paint={paint} />;
  }
  if (matches === null) return <Opening view={view} paint={paint} />;
  return <List panel={panel} matches={matches} layout={layout} paint={paint} />;
}

/** Puts the screen up. */
export function draw(session: Session, paint: Paint, screen: Screen, keyboard: ReadStream): Instance {
  return render(<App session={session} paint={paint} />, {
    stdout: screen.stream,
    stdin: keyboard,
    exitOnCtrlC: false,
    patchConsole: false,
  });
}
