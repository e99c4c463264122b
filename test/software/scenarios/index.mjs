import { APPLICATION_SERVERS } from './application-servers.mjs';
import { BOXES } from './boxes.mjs';
import { DAEMONS } from './daemons.mjs';
import { DATABASES } from './databases.mjs';
import { LIMITS } from './limits.mjs';
import { MORE_DATABASES } from './more-databases.mjs';
import { MORE_FAULTS } from './more-faults.mjs';
import { MORE_KINDS } from './more-kinds.mjs';
import { MORE_LIMITS } from './more-limits.mjs';
import { MORE_PROXIES } from './more-proxies.mjs';
import { MORE_SERVICES } from './more-services.mjs';
import { MORE_STORIES } from './more-stories.mjs';
import { MIXED } from './mixed.mjs';
import { NAMES_AND_FILES } from './names-and-files.mjs';
import { POOLS } from './pools.mjs';
import { PROXIES } from './proxies.mjs';
import { ROADS } from './roads.mjs';
import { SERVICES } from './services.mjs';
import { TALKING } from './talking.mjs';
import { WEB } from './web.mjs';
import { WEB_SERVERS } from './web-servers.mjs';
import { WIDER } from './wider.mjs';

export const SCENARIOS = [
  ...WEB,
  ...PROXIES,
  ...DATABASES,
  ...LIMITS,
  ...BOXES,
  ...SERVICES,
  ...MIXED,
  ...MORE_LIMITS,
  ...MORE_PROXIES,
  ...MORE_FAULTS,
  ...MORE_KINDS,
  ...MORE_STORIES,
  ...WIDER,
  ...NAMES_AND_FILES,
  ...POOLS,
  ...MORE_SERVICES,
  ...MORE_DATABASES,
  ...ROADS,
  ...TALKING,
  ...DAEMONS,
  ...APPLICATION_SERVERS,
  ...WEB_SERVERS,
];
