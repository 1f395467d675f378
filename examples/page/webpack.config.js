export default {
  mode: 'production',
  entry: './main.ts',
  module: { rules: [{ test: /\.ts$/, loader: 'esbuild-loader', options: { target: 'es2022' } }] },
};
