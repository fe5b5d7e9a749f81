/**
 * Loaded into a server before its own code, where memory is measured: each byte on file descriptor 3 is answered with its memory as it
 * is and after a collection. Needs --expose-gc.
 */
import { Socket } from "node:net";

const line = new Socket({ fd: 3 });
line.unref();
line.on("data", () => {
  const before = process.memoryUsage();
  globalThis.gc?.();
  globalThis.gc?.();
  const after = process.memoryUsage();
  const figures = { rss: before.rss, heapUsed: after.heapUsed, rssCollected: after.rss };
  line.write(`${JSON.stringify(figures)}\n`);
});
