import inspector from "node:inspector";

/** Signals that would end the process, or open Node's inspector, if nobody listened to them. */
export const IGNORED_SIGNALS = ["SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

/** Whether an option of Node opens its inspector. */
export function asksForInspector(): boolean {
  const options = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)];
  return options.some((option) => /^--inspect(-brk|-wait)?(=|$)/.test(option));
}

/**
 * Closes the inspector that SIGUSR1 has opened: until a program listens to that signal, Node answers it with its inspector,
 * through which every process of this machine can run code in the server. An inspector that was asked for stays: on the
 * command line, or at a port of its own, as editors do it.
 */
export function shutInspector(): void {
  if (asksForInspector()) return;
  const url = inspector.url();
  if (url !== undefined && new URL(url).port === String(process.debugPort)) inspector.close();
}

/** Lets these signals do nothing from now on. */
export function ignoreSignals(): void {
  for (const signal of IGNORED_SIGNALS) process.on(signal, () => undefined);
  shutInspector();
}
