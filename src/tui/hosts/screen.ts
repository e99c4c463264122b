import type { ListScreen } from '../list/screen.js';
import { hostsSource } from './source.js';

/** The systems that hosts were taken for, and other ones to try. */
export const hosts = {
  name: 'hosts', title: 'Hosts', key: 'p', description: 'hosts and profiles', label: 'hosts',
  holds: 'systems that hosts were taken for, and why',
  bindings: [
    {
      keys: ['right', 'l'], action: 'profile-on', description: 'take it for another', label: 'other system',
      opposite: 'left',
    },
    { keys: ['left', 'h'], action: 'profile-back', description: 'take it for the previous' },
    { keys: ['x'], action: 'profile-guessed', description: 'as guessed', label: 'as guessed' },
  ],
  source: hostsSource,
} as const satisfies ListScreen;
