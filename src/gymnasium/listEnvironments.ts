import type { GymnasiumSpec } from './gymnasiumSource.js';
import { openLink } from './pythonLink.js';

/** What a Python can make. */
export interface ListedEnvironments {
  readonly python: string;
  readonly gymnasium: string;
  /** Sorted. */
  readonly ids: readonly string[];
}

/** The environments that Gymnasium has, after the imports. Throws PlatformError or EnvironmentError. */
export async function listEnvironments(
  spec: Pick<GymnasiumSpec, 'imports' | 'python' | 'server'>,
): Promise<ListedEnvironments> {
  const link = await openLink('Gymnasium', spec);
  try {
    const { imports, server } = spec;
    return await link.begin<ListedEnvironments>('list', server, { imports });
  } finally {
    await link.close();
  }
}
