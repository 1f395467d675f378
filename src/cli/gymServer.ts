import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OptionError, PlatformError } from '../errors.js';
import { pythonProgram } from '../gymnasium/pythonLink.js';
import { bridgeFile } from '../platform/nodePackageFile.js';
import { describeFlags, type Flags, parseArguments } from './arguments.js';
import type { Command } from './command.js';
import { gymnasiumFlags } from './gymnasiumFlags.js';

const DEFAULT_ADDRESS = '127.0.0.1:7777';

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
    const program = pythonProgram(values.python);
    const address = values.listen ?? DEFAULT_ADDRESS;
    const child = spawn(program, ['-u', fileURLToPath(bridgeFile()), '--listen', address], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const stop = () => child.kill();
    context.signal.addEventListener('abort', stop);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (cause) =>
        reject(
          new PlatformError(
            `${program} cannot be run (${cause.message}); install Python 3.10 or later with "pip install gymnasium", or give --python PATH`,
            { cause },
          ),
        ),
      );
      child.once('exit', resolve);
    });
    context.signal.removeEventListener('abort', stop);
    if (code !== 0 && !context.signal.aborted) {
      throw new PlatformError(`The server on ${address} ended with code ${code}; see what it said above`);
    }
  },
};
