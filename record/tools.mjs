import { spawnSync } from 'node:child_process';

/** What is used, and which Debian package brings it. */
const TOOLS = { ip: 'iproute2', sysctl: 'procps', tcpdump: 'tcpdump', editcap: 'wireshark-common', python3: 'python3' };

/** A sentence for each thing that recording needs and this machine lacks. */
export function missingTools() {
  const missing = [];
  if (process.platform !== 'linux') missing.push('recording needs Linux: its network namespaces are the hosts');
  if (process.getuid?.() !== 0) missing.push('recording needs root: run it with sudo, to make network namespaces');
  for (const [tool, debianPackage] of Object.entries(TOOLS)) {
    const { error } = spawnSync(tool, ['--version'], { stdio: 'ignore' });
    if (error) missing.push(`recording needs ${tool}: apt install ${debianPackage}`);
  }
  return missing;
}
