import { fileURLToPath } from "node:url";

const light = (name) => fileURLToPath(new URL(`./light/${name}`, import.meta.url));

/**
 * Aliases for Vite under which libraries come without what no page of this engine uses. Of simple-peer: Node's streams and buffers (its own
 * code is what the package has). Of engine.io-client: a third transport, with its codec.
 */
export const LIGHT_LIBRARIES = [
  ...["buffer", "debug", "randombytes", "readable-stream"].map((name) => ({
    find: new RegExp(`^${name}$`),
    replacement: light(`${name}.cjs`),
  })),
  { find: /^\.\/webtransport\.js$/, replacement: light("webtransport.mjs") },
];
