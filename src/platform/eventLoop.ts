/**
 * Gives timers, signals and pages a turn, wherever this runs. A message to oneself: timers are held back to 4 ms by browsers,
 * and to a second in hidden pages.
 */
export function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
