import { expect, it } from 'vitest';

import { groupsSource } from '../../src/tui/groups/source.js';
import { analysisOf } from './fixture.js';

const { capture, ...nothing } = analysisOf(0);
const empty = { ...nothing, capture: { ...capture, packets: 53, skipped: { 'ipv4: UDP': 50, 'ethernet: ARP': 3 } } };

it('a capture without TCP says in the end what it has in its place, and not before', () => {
  expect(groupsSource(empty, true).empty).toBe('No TCP connection yet.');
  expect(groupsSource(empty).empty).toBe(
    'There is no TCP connection in this capture. Its 53 packets are 50 UDP and 3 ARP.',
  );
  expect(groupsSource(analysisOf(2)).count).toBeGreaterThan(0);
});
