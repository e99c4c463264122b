import type { ConnectionId } from '../base/numbers.js';
import { LossTally } from '../flow/loss.js';
import type { ConnectionSet } from '../tcp/connection-set.js';
import { Endings, Standings } from '../tcp/endings.js';
import { incompletion } from '../tcp/handshake.js';
import { untranslated } from '../tcp/untranslated.js';
import { Case } from './case.js';
import { discounted } from './discount.js';
import { findIn } from './find-in.js';
import { FindingIndex } from './finding-index.js';
import { NO_PAST } from './found.js';
import type { Found, FoundOfAll } from './found.js';
import { grouped } from './grouping.js';
import { lossDiscount } from './incomplete-capture.js';
import { beforeConnection, detectors } from './index.js';
import type { Finding } from './index.js';
import { loneGiveUp } from './lone-give-up.js';
import { look } from './look.js';
import { findServices } from './services.js';

/**
 * All that is to be found; `found` is what each folder's own connections have shown, `past` what is known of those that
 * are no longer kept.
 */
export function findAll(
  folders: ConnectionSet, found: readonly Found[] = folders.all.map((folder) => findIn(folder, folders.captureEnd)),
  past = NO_PAST,
): FoundOfAll {
  const findings =
    found.length === 1
      ? [...found[0]!.findings]
      : found.flatMap((part) => part.findings).sort((a, b) => a.flow - b.flow);
  const loss = new LossTally();
  for (const part of [...found.map((own) => own.loss), past.loss]) loss.join(part);
  lookAgain(folders, findings);
  const before = past.evicted.map(({ group }) => group);
  const discounts = [
    lossDiscount(findings, before, loss, folders.count + past.count), loneGiveUp(findings, before),
  ].filter((each) => each !== null);
  const lighter = discounted(findings, discounts);
  const index = new FindingIndex(findings);
  const endings = new Endings();
  const endingsOfFound = new Endings();
  const standings = new Standings();
  for (const part of found) {
    endings.addAll(part.endings);
    endingsOfFound.addAll(part.endingsOfFound);
    standings.addAll(part.standings);
  }
  for (const forgotten of past.standings) standings.addAll(forgotten);
  for (const flow of lighter)
    if (index.of(flow).every((number) => findings[number]!.severity === 'info'))
      standings.weigh(folders.connection(flow), true);
  const attempts = findServices(folders, findings, index, endingsOfFound, standings, past, found);
  let forgottenFaulty = 0;
  for (const { severity, flows } of attempts) forgottenFaulty += severity === 'info' ? 0 : flows;
  const forgotten = past.evicted.map(({ group, sole, soleWell }) => {
    const now = discounts.reduce((own, discount) => discount.group(own), group);
    if (now === group) return group;
    forgottenFaulty -= sole;
    standings.move('found', 'noted', soleWell);
    return now;
  });
  return {
    findings, index, groups: grouped(findings), forgotten: [...forgotten, ...attempts], forgottenFaulty, endings,
    endingsOfFound, standings, loss,
  };
}

/**
 * Looks anew at connections of which others show that a NAT did not translate what came: what was found of them is told
 * otherwise.
 */
function lookAgain(folders: ConnectionSet, findings: Finding[]): void {
  const strays = untranslated(folders);
  for (const folder of folders.all) {
    const own = strays.filter(({ location }) => location.folder === folder);
    folder.know(
      new Map(
        own.map(({ location: { row }, elsewhere, stream }) => [folder.firstFrame(row), { address: elsewhere, stream }]),
      ),
    );
  }
  const again = new Map<ConnectionId, readonly Finding[]>();
  const known = new Set(strays.length === 0 ? [] : findings.map(({ flow }) => flow));
  for (const { location: { folder, row } } of strays) {
    const id = folder.connectionIds.idOf(row);
    if (!known.has(id)) continue;
    const anew: Finding[] = [];
    const subject = new Case(folder, row, folder.fold(row, folders.captureEnd));
    look(subject, incompletion(subject.history) === null ? detectors : beforeConnection, anew);
    if (anew.length > 0) again.set(id, anew);
  }
  if (again.size === 0) return;
  const old = findings.splice(0);
  for (const [number, finding] of old.entries()) {
    const anew = again.get(finding.flow);
    if (anew === undefined) findings.push(finding);
    else if (old[number - 1]?.flow !== finding.flow) findings.push(...anew);
  }
}
