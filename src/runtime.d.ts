/**
 * Names of runtimes that the public types use. Programs that are compiled without the libraries that declare them (dom,
 * @types/node, those of workers) need these. Where one declares them too, the two merge, and a type alias would not.
 */

// biome-ignore lint/suspicious/noEmptyInterface: an interface without members adds nothing to another
interface AbortSignal {}

/** Chosen or dropped in a page. */
// biome-ignore lint/suspicious/noEmptyInterface: as above
interface File {}

// biome-ignore lint/suspicious/noEmptyInterface: as above
interface URL {}

/** Of a page and its workers. */
// biome-ignore lint/suspicious/noEmptyInterface: as above
interface Worker {}
// biome-ignore lint/suspicious/noEmptyInterface: as above
interface MessagePort {}

declare namespace WebAssembly {
  // biome-ignore lint/suspicious/noEmptyInterface: as above
  interface Memory {}
  // biome-ignore lint/suspicious/noEmptyInterface: as above
  interface Module {}
}
