import { expect, test } from 'vitest';
import { PROFILES } from '../../src/analysis/model.js';
import { PROFILE_NAMES, parseProfile } from '../../src/cli/profile.js';

test('the command line knows the profiles of the analysis', () => {
  expect(PROFILE_NAMES).toEqual(PROFILES);
});

test('one for all hosts, and others for some', () => {
  const all = ['linux', '10.0.0.1=windows', '2001:DB8:0:0:0:0:0:1=FreeBSD'].reduce<
    ReturnType<typeof parseProfile> | undefined
  >((before, text) => parseProfile(text, before), undefined);
  expect(all).toEqual({ profile: 'linux', profiles: new Map([['10.0.0.1', 'windows'], ['2001:db8::1', 'freebsd']]) });
});

test('what was parsed before stays as it was', () => {
  const before = parseProfile('10.0.0.1=windows', undefined);
  parseProfile('10.0.0.2=macos', before);
  expect([...before.profiles.keys()]).toEqual(['10.0.0.1']);
});

test.each([
  ['beos', 'Write linux, windows, macos, freebsd, rfc9293, or ADDRESS=NAME.'],
  ['10.0.0.1=', 'Write linux, windows, macos, freebsd, rfc9293, or ADDRESS=NAME.'],
  ['host.example=linux', 'host.example is no IP address.'],
])('%s is refused', (text, message) => {
  expect(() => parseProfile(text, undefined)).toThrow(message);
});
