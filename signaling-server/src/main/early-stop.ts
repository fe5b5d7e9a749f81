const STOPS = ["SIGTERM", "SIGINT"] as const;

/**
 * Ends the process with 0 at SIGTERM or SIGINT while there is nothing to stop yet.
 *
 * @returns what ends this, once somebody else listens to both
 */
export function takeEarlyStops(): () => void {
  const stop = () => process.exit(0);
  for (const signal of STOPS) process.on(signal, stop);
  return () => {
    for (const signal of STOPS) process.off(signal, stop);
  };
}
