import { SocketAddress, isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';
import type { Profile } from '../analysis/model.js';

/** Words of `PROFILES`, which would load the analysis before `--help`. */
export const PROFILE_NAMES = ['linux', 'windows', 'macos', 'freebsd', 'rfc9293'] as const satisfies readonly Profile[];

/** The system of all hosts, and of single ones. */
export interface Profiles {
  readonly profile?: Profile;
  readonly profiles: ReadonlyMap<string, Profile>;
}

/** `linux` for all hosts or `10.0.0.1=windows` for one; repeated, each adds to those before. */
export function parseProfile(text: string, before: Profiles | undefined): Profiles {
  const separator = text.lastIndexOf('=');
  const profile = PROFILE_NAMES.find((name) => name === text.slice(separator + 1).toLowerCase());
  if (profile === undefined) throw new InvalidArgumentError(`Write ${PROFILE_NAMES.join(', ')}, or ADDRESS=NAME.`);
  const profiles = new Map(before?.profiles);
  if (separator === -1) return { profile, profiles };
  profiles.set(canonical(text.slice(0, separator)), profile);
  return { ...before, profiles };
}

/** The address in the spelling that connections have (RFC 5952 for IPv6). */
function canonical(text: string): string {
  const family = isIP(text);
  if (family === 0) throw new InvalidArgumentError(`${text} is no IP address.`);
  return new SocketAddress({ address: text, family: family === 6 ? 'ipv6' : 'ipv4' }).address;
}
