/**
 * Notices that the person wants an end: Ctrl-C, a signal from a service manager, a closed terminal, or the death of
 * the process that started this one (npm runs scripts in a shell that may die of a signal without handing it on).
 */
export function watchForStop() {
  /** @type {string | undefined} */
  let reason;
  /** @type {((reason: string) => void)[]} */
  const waiting = [];
  const ask = (/** @type {string} */ why) => {
    if (reason !== undefined) return;
    reason = why;
    for (const tell of waiting) tell(why);
  };
  // Ctrl-C reaches this process twice: from the terminal, and from npm, which hands it on.
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.on(signal, () => ask(signal));
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) ask("the starting process has ended");
  }, 500).unref();

  return {
    /** Why an end is wanted; undefined as long as it is not. */
    reason: () => reason,
    /** @type {Promise<string>} */
    requested: new Promise((tell) => waiting.push(tell)),
    /** @param {(reason: string) => void} run */
    onRequest: (run) => void waiting.push(run),
  };
}
