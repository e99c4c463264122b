import type { Analysis, Group, Time } from '../../analysis/model.js';
import type { Causes } from '../../overview/overview.js';
import { count, date, isOneDay, socketAddress } from '../quantities.js';
import { type Content, type Markup, markup } from './markup.js';

/** `10:23:41`, with the day where the capture lasts longer than one. */
export function timeOfDay({ clock, capture: { first, last } }: Analysis, time: Time): string {
  const seconds = date(clock, time).replace(/\.\d+$/, '');
  return first !== null && last !== null && isOneDay(clock, first, last) ? seconds.slice(11) : seconds;
}

/** `30 leak, 18 slow` */
export function byCause({ causes }: Causes): string {
  return causes.map(({ cause, flows }) => `${count(flows)} ${cause}`).join(', ');
}

/** A number, or a dash so that zeros do not drown what matters. */
export function orDash(number: number): Content {
  return number === 0 ? nothing : count(number);
}

export const nothing: Markup = markup`<span class="nothing">–</span>`;

/** `half-closed (leak) at 10.0.0.1:80` */
export function groupName({ finding, cause, service }: Group): string {
  return `${finding}${cause === null ? '' : ` (${cause})`} at ${socketAddress(service)}`;
}

export function severityWord(severity: string): Markup {
  return markup`<span class="severity ${severity}">${severity}</span>`;
}

