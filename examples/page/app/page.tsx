'use client';

import { useEffect, useState } from 'react';
import { trainOnCorridor } from '../training.ts';

export default function Page() {
  const [lines, setLines] = useState<string[]>([]);
  useEffect(() => {
    const show = (line: string) => setLines((before) => [...before, line]);
    const training = trainOnCorridor(show);
    training.ended.then(
      ({ files }) => show(`trained; the policy has ${files['policy.safetensors'].length} bytes`),
      (error) => show(String(error)),
    );
    return () => training.close();
  }, []);
  return <output style={{ whiteSpace: 'pre-line' }}>{lines.join('\n')}</output>;
}
