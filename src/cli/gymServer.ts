import type { StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { OptionError, PlatformError } from '../errors.js';
import { spawnBridge } from '../gymnasium/pythonLink.js';
import { describeFlags, type Flags, parseArguments } from './arguments.js';
import type { Command } from './command.js';
import { gymnasiumFlags } from './gymnasiumFlags.js';

const DEFAULT_ADDRESS = '127.0.0.1:7777';
const STREAMS: StdioOptions = ['ignore', 'inherit', 'inherit'];

const flags = {
  listen: {
    type: 'string',
    placeholder: 'HOST:PORT',
    help: `where (default ${DEFAULT_ADDRESS}); other than this host's own address it needs a token`,
  },
  python: gymnasiumFlags.python,
} as const satisfies Flags;

export const gymServerCommand: Command = {
  name: 'gym-server',
  summary: 'lend the environments of this host to others',
  help: `trpo gym-server [flags]

Makes and steps environments of Gymnasium for programs on other hosts: "trpo train gym:ID --gym-server HOST:PORT". It runs until
Ctrl-C. Who may connect may run any code that this Python can import: an address that other hosts reach needs a secret in the
environment variable TRPO_GYM_TOKEN, there and here, and a network that you trust, because nothing is encrypted.
Where there is no Node.js, the file bridge.py of this package does the same: python bridge.py --listen HOST:PORT

${describeFlags(flags)}
`,
  async run(context) {
    const { values, positionals } = parseArguments(context.args, flags);
    if (positionals.length > 0) {
      throw new OptionError(`trpo gym-server takes no arguments, "${positionals.join(' ')}" was given`);
    }
    const address = values.listen ?? DEFAULT_ADDRESS;
    const child = await spawnBridge('trpo gym-server', values.python, ['--listen', address], STREAMS);
    const stop = () => child.kill();
    context.signal.addEventListener('abort', stop);
    const [code] = (await once(child, 'exit')) as [number | null];
    context.signal.removeEventListener('abort', stop);
    if (code !== 0 && !context.signal.aborted) {
      throw new PlatformError(`The server on ${address} ended with code ${code}; see what it said above`);
    }
  },
};
