/** The package brings no types; these are the parts used here. */
declare module 'asciichart' {
  interface PlotOptions {
    /** Rows above the lowest one. */
    height?: number;
    /** The label of an axis value. */
    format?: (value: number) => string;
    /** Origin of the axis, axis, right stub, left stub, flat, then the corners and the vertical. */
    symbols?: readonly string[];
  }
  const asciichart: { plot(series: readonly number[], options?: PlotOptions): string };
  export default asciichart;
}
