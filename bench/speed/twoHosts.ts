import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, type Mpi, startProgram } from '../../test/mpi/mpi.js';

const NAMES = ['trpo-a', 'trpo-b'] as const;
/** Ends of the cable between them. */
const CABLE = ['trpo-va', 'trpo-vb'] as const;
const ADDRESSES = ['10.77.0.1', '10.77.0.2'] as const;
const NETWORK = '10.77.0.0/24';

interface TwoHosts {
  /** Starts one rank on each host. */
  start(mpi: Mpi, command: readonly string[]): Promise<Ended>;
  close(): void;
}

/** Two hosts on this machine, or why there are none. folder: for the files that starting processes there needs. */
export function openTwoHosts(folder: string): TwoHosts | string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'namespaces of the network need Linux and the rights of root';
  }
  try {
    for (const name of NAMES) ip('netns', 'add', name);
    const [here, there] = CABLE;
    ip('link', 'add', here, 'netns', NAMES[0], 'type', 'veth', 'peer', 'name', there, 'netns', NAMES[1]);
    NAMES.forEach((name, i) => {
      const end = CABLE[i];
      ip('-n', name, 'addr', 'add', `${ADDRESSES[i]}/24`, 'dev', end);
      ip('-n', name, 'link', 'set', 'lo', 'up');
      ip('-n', name, 'link', 'set', end, 'up');
    });
  } catch (error) {
    close();
    return `namespaces of the network cannot be made here: ${(error as Error).message}`;
  }
  const agent = writeAgent(folder);
  const hostfile = join(folder, 'hosts');
  writeFileSync(hostfile, ADDRESSES.map((address) => `${address} slots=1\n`).join(''));
  return {
    start: (mpi, command) => startOn([mpi.program, ...flagsOf(mpi, agent, hostfile), ...command], folder),
    close,
  };
}

function close(): void {
  for (const name of NAMES) {
    try {
      ip('netns', 'del', name);
    } catch {
      // it was never made
    }
  }
}

/** What starts a command on a host, as ssh would. */
function writeAgent(folder: string): string {
  const agent = join(folder, 'agent.sh');
  writeFileSync(
    agent,
    `#!/bin/bash
while [[ "$1" == -* ]]; do shift; done
case $1 in ${ADDRESSES[0]}) name=${NAMES[0]};; *) name=${NAMES[1]};; esac
shift
exec ip netns exec $name unshare --uts bash -c "hostname $name; $*"
`,
  );
  chmodSync(agent, 0o755);
  return agent;
}

function flagsOf(mpi: Mpi, agent: string, hostfile: string): string[] {
  if (mpi.name === 'mpich') {
    return ['-np', '2', '-hosts', ADDRESSES.join(','), '-launcher', 'rsh', '-launcher-exec', agent];
  }
  return [
    ...['-np', '2', '--hostfile', hostfile, '--map-by', 'ppr:1:node', '--bind-to', 'none'],
    ...['--prtemca', 'plm_ssh_agent', agent, '--prtemca', 'prte_if_include', NETWORK],
    ...['--mca', 'btl_tcp_if_include', NETWORK],
  ];
}

function startOn(command: readonly string[], folder: string): Promise<Ended> {
  const [name] = NAMES;
  const here = ['netns', 'exec', name, 'unshare', '--uts', 'bash', '-c', `hostname ${name}; exec "$@"`, name];
  return startProgram('ip', [...here, ...command], folder).ended;
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
