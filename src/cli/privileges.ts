import { CommandError } from './failure.js';

/**
 * Gives up root for good where `sudo` gave it: the user who typed it is the one who looks at what strangers send.
 *
 * @throws CommandError where that cannot be done
 */
export function giveUpRoot(env: Readonly<Record<string, string | undefined>>): void {
  const [user, group] = [numberIn(env['SUDO_UID']), numberIn(env['SUDO_GID'])];
  if (process.getuid?.() !== 0 || user === null || group === null) return;
  try {
    // The groups first: who is no longer root may not change them.
    process.setgroups!([group]);
    process.setgid!(group);
    process.setuid!(user);
  } catch (error) {
    throw new CommandError(`root cannot be given up: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (process.getuid() === 0 || process.geteuid!() === 0) throw new CommandError('root cannot be given up');
}

/** Null for root itself, and for what is no number. */
function numberIn(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : null;
}
