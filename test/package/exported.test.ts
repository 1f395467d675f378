import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { policyToDeclaration, policyToJavaScript } from '../../src/export/javaScript.js';
import { SPACES, trainedPolicy } from '../edge/support.js';
import { compile, consumerFolder } from './consumer.js';

const folder = consumerFolder();

test.each(Object.entries(SPACES))(
  'a program that acts by an exported module compiles, over %s',
  async (name, space) => {
    const bytes = await trainedPolicy(space, { hiddenSizes: [4] });
    writeFileSync(folder.path(`${name}.mjs`), policyToJavaScript(bytes));
    writeFileSync(folder.path(`${name}.d.mts`), policyToDeclaration(bytes));
    const exported = await import(/* @vite-ignore */ pathToFileURL(folder.path(`${name}.mjs`)).href);
    const names = Object.keys(exported);
    writeFileSync(
      folder.path(`${name}Program.ts`),
      `import * as policy from './${name}.mjs';
export const action: ${space.kind === 'Discrete' ? 'number' : 'number[]'} = policy.act(new Float32Array(policy.observationSize), {
  deterministic: true,
  random: () => 0.5,
});
export const size: 2 = policy.observationSize;
// all that the module exports is declared, and nothing else
export const names: { [Name in keyof typeof policy]: true } = { ${names.map((one) => `${one}: true`).join(', ')} };
// @ts-expect-error a text is no observation
policy.act('1, 2', {});
`,
    );
    expect(
      await compile(folder.path(), [`${name}Program.ts`], {
        module: 'nodenext',
        moduleResolution: 'nodenext',
      }),
    ).toEqual({ code: 0, output: '' });
  },
);
