import { type Activation, type Conv2dSpec, denseLayers, type LayerSpec } from './networkSpec.js';

/** Hidden layers before the outputs. */
interface ImageNetwork {
  /** As `convolutionsFrom` reads them. */
  readonly convolutions: string;
  readonly denseSizes: readonly number[];
}

/** Networks for images by their names. */
const IMAGE_NETWORKS = {
  /** Of the paper (arXiv:1502.05477, section D), which had 52 x 40 x 4 pixels. */
  paper: { convolutions: '16x4/2,16x4/2', denseSizes: [20] },
  /** For small grids with a channel for each kind of object. */
  grid: { convolutions: '16x3', denseSizes: [128] },
  /** Of DQN (Nature 518, 2015), for 84 x 84 x 4 pixels. */
  nature: { convolutions: '32x8/4,64x4/2,64x3', denseSizes: [512] },
} as const satisfies Readonly<Record<string, ImageNetwork>>;

export const DENSE_NETWORK = 'dense';
export const NETWORK_NAMES = [DENSE_NETWORK, ...Object.keys(IMAGE_NETWORKS)];

const CONVOLUTION = /^(?<filters>\d{1,6})x(?<kernelSize>\d{1,3})(?:\/(?<stride>\d{1,3}))?(?<same>same)?$/;

/** Whether the option `network` names all hidden layers, so that sizes are not read. */
export function isNamedNetwork(network: string): boolean {
  return Object.hasOwn(IMAGE_NETWORKS, network);
}

/** Whether a text names a network, or lists convolutions: "16x4/2,16x4/2" for filters x kernel / stride, "16x3same" with padding. */
export function isNetwork(text: string): boolean {
  return NETWORK_NAMES.includes(text) || text.split(',').every((part) => CONVOLUTION.test(part));
}

/**
 * The hidden layers that the options `network`, sizes and activation describe: those of a name, or convolutions before dense layers of
 * these sizes. Throws OptionError for sizes that are none.
 */
export function hiddenLayers(
  network: string,
  denseSizes: readonly number[],
  activation: Activation,
): LayerSpec[] {
  if (network === DENSE_NETWORK) return denseLayers(denseSizes, activation);
  const named: ImageNetwork | undefined = isNamedNetwork(network)
    ? IMAGE_NETWORKS[network as keyof typeof IMAGE_NETWORKS]
    : undefined;
  return [
    ...convolutionsFrom(named?.convolutions ?? network, activation),
    ...denseLayers(named?.denseSizes ?? denseSizes, activation),
  ];
}

/** The options `network` and sizes that describe hidden layers; undefined where none do. */
export function optionsOfLayers(
  layers: readonly LayerSpec[],
): { readonly network: string; readonly denseSizes: readonly number[] } | undefined {
  const first = layers.findIndex(({ kind }) => kind === 'dense');
  const convolutions = first === -1 ? layers : layers.slice(0, first);
  const dense = layers.slice(convolutions.length);
  const denseSizes = dense.flatMap((layer) => (layer.kind === 'dense' ? [layer.units] : []));
  if (denseSizes.length < dense.length) return undefined;
  const texts = convolutions.flatMap((layer) => (layer.kind === 'conv2d' ? [textOf(layer)] : []));
  return { network: texts.join(',') || DENSE_NETWORK, denseSizes };
}

function convolutionsFrom(text: string, activation: Activation): Conv2dSpec[] {
  return text.split(',').map((part) => {
    const { filters, kernelSize, stride = '1', same } = CONVOLUTION.exec(part)!.groups!;
    return {
      kind: 'conv2d',
      filters: Number(filters),
      kernelSize: Number(kernelSize),
      stride: Number(stride),
      padding: same === undefined ? 'valid' : 'same',
      activation,
    };
  });
}

function textOf({ filters, kernelSize, stride, padding }: Conv2dSpec): string {
  return `${filters}x${kernelSize}${stride === 1 ? '' : `/${stride}`}${padding === 'same' ? 'same' : ''}`;
}
