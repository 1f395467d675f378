/**
 * What the demo is served with: isolation for threads, and a policy that lets the page load nothing but its own files.
 * 'unsafe-eval' is for MuJoCo, whose bindings make functions from text.
 */
export const DEMO_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; worker-src 'self'; connect-src 'self'",
};
