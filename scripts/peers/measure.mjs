/** Differences that are shown of each measure. */
const SHOWN = 10;

/** One thing in which two programs can agree, over all captures. */
export class Measure {
  name;
  compared = 0;
  /** Differences with a reason: how many of each. */
  known = new Map();
  differences = [];

  /** `name`: what is compared, and with whom. */
  constructor(name) {
    this.name = name;
  }

  agree(count = 1) {
    this.compared += count;
  }

  /** They differ, and it is known why. */
  expect(reason) {
    this.compared += 1;
    this.known.set(reason, (this.known.get(reason) ?? 0) + 1);
  }

  differ(where) {
    this.compared += 1;
    this.differences.push(where);
  }

  /** Compares two values; where they differ, `reason` may say why. */
  compare(ours, theirs, where, reason = null) {
    if (ours === theirs) this.agree();
    else if (reason !== null) this.expect(reason);
    else this.differ(`${where}: ${ours}, theirs ${theirs}`);
  }

  get knownCount() {
    return [...this.known.values()].reduce((sum, count) => sum + count, 0);
  }

  tell() {
    const { compared, differences } = this;
    if (compared === 0) return;
    const agreed = compared - this.knownCount - differences.length;
    const share = agreed === compared ? '100' : (Math.floor((agreed / compared) * 10_000) / 100).toFixed(2);
    console.log(`${this.name}: ${share} % of ${compared} agree, ${this.knownCount} differ for a known reason, ` +
      `${differences.length} differ`);
    for (const [reason, count] of this.known) console.log(`    known: ${reason} (${count})`);
    for (const difference of differences.slice(0, SHOWN)) console.log(`    ${difference}`);
    if (differences.length > SHOWN) console.log(`    … and ${differences.length - SHOWN} more`);
  }
}
