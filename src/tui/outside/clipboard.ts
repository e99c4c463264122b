import { spawn } from 'node:child_process';
import { inPath } from './packets.js';

/** A program that takes the clipboard's text on stdin. */
interface Keeper {
  readonly program: string;
  readonly args: readonly string[];
}

/** Milliseconds that it may take to take the text. */
const PATIENCE = 2000;

/**
 * The program of this desktop that keeps the clipboard, by its file; null where there is none, or where the terminal is
 * of another host: then the clipboard here is not that of who looks at the screen.
 */
export function clipboardProgram(
  environment: NodeJS.ProcessEnv = process.env, platform: string = process.platform,
): Keeper | null {
  const far = ['SSH_CONNECTION', 'SSH_TTY', 'SSH_CLIENT'].some((name) => Boolean(environment[name]));
  if (far) return null;
  const known: readonly Keeper[] = [
    ...(platform === 'darwin' ? [{ program: 'pbcopy', args: [] }] : []),
    ...(environment['WAYLAND_DISPLAY'] ? [{ program: 'wl-copy', args: [] }] : []),
    ...(environment['DISPLAY']
      ? [
          { program: 'xclip', args: ['-selection', 'clipboard'] },
          { program: 'xsel', args: ['--clipboard', '--input'] },
        ]
      : []),
    ...(environment['WSL_DISTRO_NAME'] ? [{ program: 'clip.exe', args: [] }] : []),
  ];
  for (const { program, args } of known) {
    const file = inPath(program, environment);
    if (file !== null) return { program: file, args };
  }
  return null;
}

/** Whether the program took the text. One that stays behind to hand it out (xclip) is let be. */
export function giveTo({ program, args }: Keeper, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    const timer = setTimeout(() => resolve(false), PATIENCE);
    const end = (isTaken: boolean): void => {
      clearTimeout(timer);
      child.unref();
      resolve(isTaken);
    };
    child.once('error', () => end(false)).once('exit', (status) => end(status === 0));
    child.stdin.on('error', () => {}); // It ended without reading.
    child.stdin.end(text);
  });
}
