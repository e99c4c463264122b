import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { wiresharkFilter } from './copy.js';
import type { Request } from './outside.js';

/** How the capture is shown elsewhere. */
export interface Viewer {
  readonly command: string;
  readonly args: readonly string[];
  /** The program writes to the terminal, which it must be given meanwhile. */
  readonly needsTerminal: boolean;
}

/** Wireshark where there is a desktop, else tshark in the terminal; or why neither can be used. */
export function viewerFor(
  request: Request, environment: NodeJS.ProcessEnv = process.env, platform: string = process.platform,
): Viewer | string {
  const { analysis: { capture: { files } }, frame } = request;
  const [file] = files;
  if (file === undefined || files.length > 1)
    return 'Frames are counted over all files: open one of them alone, or extract the flow with e';
  if (file.spoolLost !== undefined)
    return 'The copy of the pipe is in several files by now: write the flow to one of its own with e';
  const path = file.spool ?? file.path;
  const filter = wiresharkFilter(request);
  const hasDesktop =
    platform === 'darwin' || platform === 'win32' || Boolean(environment['DISPLAY']) ||
    Boolean(environment['WAYLAND_DISPLAY']);
  const wireshark = hasDesktop ? inPath('wireshark', environment) : null;
  if (wireshark !== null)
    return {
      command: wireshark, args: ['-r', path, ...(frame === null ? [] : ['-g', String(frame)]), '-Y', filter],
      needsTerminal: false,
    };
  const tshark = inPath('tshark', environment);
  if (tshark !== null) return { command: tshark, args: ['-n', '-r', path, '-Y', filter], needsTerminal: true };
  return `Neither Wireshark nor tshark is installed here; ${request.copyKey ?? 'y'} copies the filter for elsewhere`;
}

/** The program's file, as a shell would find it; null where there is none. */
export function inPath(program: string, { PATH = '' }: NodeJS.ProcessEnv = process.env): string | null {
  for (const folder of PATH.split(delimiter)) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** Starts a program of its own window and lets it be. Rejects where it cannot be started. */
export function launch({ command, args }: Viewer): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}

/** Runs a program on the terminal, through a pager where there is one, until it ends. */
export function runOnTerminal({ command, args }: Viewer, environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  const pager = inPath('less', environment);
  return new Promise((resolve, reject) => {
    if (pager === null) {
      spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
        .once('error', reject)
        .once('close', () => resolve());
      return;
    }
    const source = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const shown = spawn(pager, ['-S', '-R'], { stdio: [source.stdout, 'inherit', 'inherit'] });
    source.once('error', reject);
    shown.once('error', reject).once('close', () => {
      source.kill();
      resolve();
    });
  });
}
