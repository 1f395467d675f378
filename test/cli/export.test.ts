import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { policyToDeclaration } from '../../src/export/javaScript.js';
import { policyToOnnx } from '../../src/export/onnx.js';
import { mainPolicy } from '../edge/support.js';
import { startCli, temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const recorded = (name: string) =>
  fileURLToPath(new URL(`../recordings/onnx/${name}.safetensors`, import.meta.url));
const POLICY = recorded('discreteTanh');
const AT_OFFSET = recorded('boxOffset');
const run = (...args: string[]) => startCli(['export', ...args], folder.path());

test('writes a model and a module', async () => {
  const bytes = new Uint8Array(readFileSync(POLICY));
  expect(await run(POLICY, '--format', 'onnx')).toMatchObject({ code: 0, stdout: 'wrote policy.onnx\n' });
  expect(new Uint8Array(readFileSync(folder.path('policy.onnx')))).toEqual(policyToOnnx(bytes));

  expect(await run(POLICY, '--format', 'onnx', '--input', 'float32')).toMatchObject({ code: 0 });
  expect(new Uint8Array(readFileSync(folder.path('policy.onnx')))).toEqual(
    policyToOnnx(bytes, 'policy', { input: 'float32' }),
  );

  expect(await run(POLICY, '--format', 'js', '--output', 'own.mjs')).toMatchObject({
    code: 0,
    stdout: 'wrote own.mjs\nwrote own.d.mts\n',
  });
  expect(readFileSync(folder.path('own.d.mts'), 'utf8')).toBe(policyToDeclaration(bytes));
  const { act } = await import(/* @vite-ignore */ pathToFileURL(folder.path('own.mjs')).href);
  const observation = [0.5, -1, 1000.5];
  expect(act(observation, { deterministic: true })).toBe(
    mainPolicy(bytes).act(observation, { deterministic: true }),
  );
});

test('the declaration has the name that TypeScript looks for, and is left out where there is none', async () => {
  const js = (output: string) => run(POLICY, '--format', 'js', '--output', output);
  expect(await js('plain.js')).toMatchObject({ code: 0, stdout: 'wrote plain.js\nwrote plain.d.ts\n' });
  expect(await js('policy.txt')).toMatchObject({ code: 0, stdout: 'wrote policy.txt\n' });
});

test.each([
  [[POLICY], /needs --format, one of onnx, js/],
  [[POLICY, '--format', 'onxx'], /--format onxx is not known.*onnx/],
  [['--format', 'js'], /takes one run folder or policy file, 0 were given/],
  [['nowhere', '--format', 'js'], /nowhere does not exist/],
  [
    [POLICY, '--format', 'onnx', '--input', 'float23'],
    /input = float23 is not known; it must be float64 or float32/,
  ],
  [[POLICY, '--format', 'js', '--input', 'float32'], /--input float32 belongs to --format onnx/],
  [[AT_OFFSET, '--format', 'onnx', '--input', 'float32'], /observation\[0\] has mean 1700000000 and/],
])('refuses %j', async (args, message) => {
  const { code, stderr } = await run(...args);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});
