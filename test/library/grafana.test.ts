import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { liveOpenmetrics } from '../../src/report/openmetrics.js';

interface Query {
  readonly where: string;
  readonly expression: string;
}
interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}
const { panels, templating } = JSON.parse(readFileSync('examples/grafana-dashboard.json', 'utf8')) as {
  panels: readonly Panel[]; templating: { list: readonly { name: string; query: { query?: string } | string }[] };
};
const queries: readonly Query[] = [
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expression: expr }))),
  ...templating.list.flatMap(({ name, query }) =>
    typeof query === 'string' || query.query === undefined ? [] : [{ where: name, expression: query.query }],
  ),
];

/** Labels of each metric of a capture that has all of them. `instance` is the scraper's. */
async function labelsByMetric(): Promise<Map<string, Set<string>>> {
  const text = [...liveOpenmetrics(await analyze(['captures/showcase.pcapng']), 0)].join('');
  const found = new Map<string, Set<string>>();
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name) ?? new Set(['instance']);
    for (const [, label = ''] of labels.matchAll(/([a-z_]+)="/g)) known.add(label);
    found.set(name, known);
  }
  return found;
}

test('every query of the dashboard names metrics and labels that exist', async () => {
  const known = await labelsByMetric();
  expect(queries.length).toBeGreaterThan(12);
  for (const { where, expression } of queries) {
    const metrics = [...expression.matchAll(/\blastack_[a-z_]+/g)].map(([name]) => name);
    expect({ where, metrics: metrics.length }).toEqual({ where, metrics: 1 });
    const [metric = ''] = metrics;
    expect({ where, metric, known: known.has(metric) }).toEqual({ where, metric, known: true });
    const selected = [...(/\{([^}]*)\}/.exec(expression)?.[1] ?? '').matchAll(/([a-z_]+)\s*=/g)].map(
      ([, label]) => label!,
    );
    const grouped = (/\bby \(([^)]*)\)/.exec(expression)?.[1] ?? '')
      .split(',')
      .map((label) => label.trim())
      .filter((label) => label !== '');
    expect({ where, unknown: [...selected, ...grouped].filter((label) => !known.get(metric)!.has(label)) }).toEqual({
      where, unknown: [],
    });
  }
});

test('what it selects by value is a word that is written', async () => {
  const text = [...liveOpenmetrics(await analyze(['captures/showcase.pcapng']), 0)].join('');
  const values = queries.flatMap(({ expression }) =>
    [...expression.matchAll(/([a-z]+)="([^"$]+)"/g)].map(([pair]) => pair),
  );
  expect(values.length).toBeGreaterThan(2);
  expect(values.filter((pair) => !text.includes(pair))).toEqual([]);
});

test('no panel lies over another', () => {
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});
