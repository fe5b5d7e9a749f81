import { startServer } from "signaling-server";
import { loadConfig } from "signaling-server/config";

/** The signaling server as a child that tells its parent its address and, on request, its memory after a collection. */
const loaded = loadConfig(process.env);
if (!loaded.ok) throw new Error(loaded.faults.map(({ sentence }) => sentence).join("\n"));
const server = await startServer(loaded.config);
process.on("message", (message) => {
  if (message !== "memory") return;
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  process.send?.({ heapUsed, rss });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ url: server.url });
