import { describe, expect, test } from 'vitest';

import { communityId } from '../../src/report/community-id.js';

// Values of the specification's baseline (corelight/community-id-spec, baseline/baseline_deflt.json).
describe('the Community ID of a connection', () => {
  const web = { address: '66.35.250.204', port: 80 };
  const client = { address: '128.232.110.120', port: 34_855 };

  test('is that of the specification, in both directions', () => {
    expect(communityId(client, web)).toBe('1:LQU9qZlK+B5F3KDmev6m5PMibrg=');
    expect(communityId(web, client)).toBe('1:LQU9qZlK+B5F3KDmev6m5PMibrg=');
  });

  test('does not depend on how an IPv6 address is written', () => {
    const other = { address: '2001:db8::1', port: 443 };
    expect(communityId({ address: '::ffff:1.2.3.4', port: 1 }, other)).toBe(
      communityId({ address: '::ffff:102:304', port: 1 }, other),
    );
    expect(communityId({ address: 'fe80::', port: 1 }, other)).not.toBe(
      communityId({ address: '::fe80', port: 1 }, other),
    );
  });

  test('of equal addresses the ports decide', () => {
    const [one, two] = [{ address: '10.0.0.1', port: 5000 }, { address: '10.0.0.1', port: 80 }];
    expect(communityId(one, two)).toBe(communityId(two, one));
  });
});
