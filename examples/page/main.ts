import { trainOnCorridor } from './training.ts';

const output = document.querySelector('output')!;
const training = trainOnCorridor((line) => output.append(`${line}\n`));
try {
  const { files } = await training.ended;
  output.append(`trained; the policy has ${files['policy.safetensors'].length} bytes`);
} catch (error) {
  output.append(String(error));
}
