import { spawnSync } from 'node:child_process';
import { missingTrace } from './trace.mjs';

/** What is used, how it is asked whether it is there, and which Debian package brings it. */
const TOOLS = {
  ip: ['-V', 'iproute2'],
  ss: ['-V', 'iproute2'],
  sysctl: ['--version', 'procps'],
  nft: ['--version', 'nftables'],
  tcpdump: ['--version', 'tcpdump'],
  python3: ['--version', 'python3'],
};

/** What this machine lacks for a recording, in words; an empty list where it lacks nothing. */
export function missingForKernel() {
  if (process.platform !== 'linux') return ['needs Linux: its kernel is asked'];
  if (process.getuid?.() !== 0) return ['needs root, for network namespaces and tracepoints'];
  const absent = Object.entries(TOOLS).filter(
    ([tool, [question]]) => spawnSync(tool, [question], { stdio: 'ignore' }).error,
  );
  if (absent.length > 0)
    return absent.map(([tool, [, debianPackage]]) => `needs ${tool}: apt install ${debianPackage}`);
  const namespace = `kernel-${process.pid}-try`;
  const { status, stderr } = spawnSync('ip', ['netns', 'add', namespace], { encoding: 'utf8' });
  if (status !== 0) return [`network namespaces cannot be made here: ${stderr.trim()}`];
  const rules = spawnSync('ip', ['netns', 'exec', namespace, 'nft', 'add', 'table', 'inet', 'try'], {
    encoding: 'utf8',
  });
  spawnSync('ip', ['netns', 'delete', namespace]);
  if (rules.status !== 0) return [`nftables cannot be used here: ${rules.stderr.trim()}`];
  const trace = missingTrace();
  return trace === null ? [] : [trace];
}
