import { PROFILES, type Profile } from '../../analysis/model.js';

/** The next of the known systems, or the one before, round and round. */
export function nextProfile(profile: Profile, direction: 1 | -1): Profile {
  return PROFILES[(PROFILES.indexOf(profile) + direction + PROFILES.length) % PROFILES.length]!;
}
