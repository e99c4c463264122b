import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const RECIPES = 'packages/fleet/recipes';
const PROGRAMS: Readonly<Record<string, string>> = {
  lastack: 'dist/cli/main.js',
  'lastack-fleet': 'packages/fleet/dist/main.js',
};

const read = (path: string): string => readFileSync(join(RECIPES, path), 'utf8');

/** Options of a command, as its help has them. */
function optionsOf(program: string, command: string): string[] {
  const { stdout, status } = spawnSync(process.execPath, [PROGRAMS[program]!, command, '--help'], { encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout.match(/--[a-z][a-z-]*/g) ?? [];
}

/** Every call of a program of ours in a text that a shell or systemd runs. */
function expectKnown(text: string): number {
  const calls = [...text.matchAll(/(?:^|[\s/=])(lastack(?:-fleet)?) (collect|add|work|status)\b([^\n;&|]*)/gm)];
  for (const [, program, command, rest] of calls) {
    const known = optionsOf(program!, command!);
    for (const option of rest!.match(/--[a-z][a-z-]*/g) ?? []) expect(known).toContain(option);
  }
  return calls.length;
}

function expectShell(text: string): void {
  expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
}

/** Sections and keys of a unit; a key may stand more than once. */
function unit(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let section = '';
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[(\w+)\]$/.exec(line);
    if (header) {
      section = header[1]!;
      continue;
    }
    const entry = /^(\w+)=(.*)$/.exec(line);
    expect(line).toMatch(/^\w+=/);
    const key = `${section}.${entry![1]}`;
    found.set(key, [...(found.get(key) ?? []), entry![2]!]);
  }
  return found;
}

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly volumeMounts: readonly { readonly name: string }[];
}
interface Service {
  readonly command?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly volumes: readonly string[];
}
interface Compose {
  readonly services: Record<string, Service>;
  readonly volumes: Record<string, unknown>;
}
interface Access {
  readonly identities: readonly {
    readonly credentials: readonly { readonly accessKey: string; readonly secretKey: string }[];
  }[];
}
interface Workload {
  readonly kind: string;
  readonly spec: { readonly completionMode?: string; readonly template: { readonly spec: Pod } };
}
interface Pod {
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
}

describe('recipes', () => {
  test('systemd: tcpdump rotates, and a timer collects what it has finished', () => {
    const tcpdump = unit(read('systemd/lastack-tcpdump.service')).get('Service.ExecStart')!.join(' ');
    expect(tcpdump).toMatch(/tcpdump .*-G 60 .*-z \/usr\/local\/lib\/lastack\/finished /);
    const collect = unit(read('systemd/lastack-collect.service'));
    expect(expectKnown(collect.get('Service.ExecStart')!.join('\n'))).toBe(1);
    expect(collect.get('Service.Type')).toEqual(['oneshot']);
    expect(unit(read('systemd/lastack-collect.timer')).get('Timer.OnCalendar')).toHaveLength(1);
    expectShell(read('systemd/finished'));
    // Every folder that a command names is made by systemd.
    const folders = new Set(tcpdump.match(/\/var\/lib\/lastack\/\w+/g)!.map((path) => path.replace('/var/lib/', '')));
    const made = unit(read('systemd/lastack-tcpdump.service')).get('Service.StateDirectory')![0]!.split(' ');
    expect(made).toEqual(expect.arrayContaining([...folders]));
  });

  test('compose: a queue, an S3 server, and workers that know both', () => {
    const { services, volumes } = parse(read('compose/compose.yaml')) as Compose;
    expect(Object.keys(services)).toEqual(['redis', 'postgres', 's3', 'worker']);
    expect(expectKnown(`lastack-fleet ${services['worker']!.command!.join(' ')}`)).toBe(1);
    const mounted = Object.values(services).flatMap((service) =>
      service.volumes.map((volume) => volume.split(':')[0]!),
    );
    const named = mounted.filter((name) => !name.startsWith('.'));
    expect(Object.keys(volumes)).toEqual(expect.arrayContaining(named));
    const { identities } = JSON.parse(read('compose/s3.json')) as Access;
    const { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey } = services['worker']!.environment!;
    expect(identities[0]!.credentials).toEqual([{ accessKey, secretKey }]);
  });

  test.each(['daemonset.yaml', 'indexed-job.yaml'])('kubernetes: %s', (file) => {
    const { kind, spec } = parse(read(`kubernetes/${file}`)) as Workload;
    const { containers, volumes } = spec.template.spec;
    const scripts = containers.flatMap(({ args }) => args);
    for (const script of scripts) expectShell(script);
    expect(expectKnown(scripts.join('\n'))).toBe(1);
    const mounted = containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
    expect(new Set(mounted)).toEqual(new Set(volumes.map(({ name }) => name)));
    expect([kind, spec.completionMode]).toEqual(
      file === 'daemonset.yaml' ? ['DaemonSet', undefined] : ['Job', 'Indexed'],
    );
  });

  test('none is left untested', () => {
    expect(readdirSync(RECIPES, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual([
      'compose', 'compose/Dockerfile', 'compose/compose.yaml', 'compose/s3.json', 'kubernetes',
      'kubernetes/daemonset.yaml', 'kubernetes/indexed-job.yaml', 'systemd', 'systemd/finished',
      'systemd/lastack-collect.service', 'systemd/lastack-collect.timer', 'systemd/lastack-tcpdump.service',
    ]);
  });
});
