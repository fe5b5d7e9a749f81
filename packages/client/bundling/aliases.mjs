import { fileURLToPath } from "node:url";

const light = (name) => fileURLToPath(new URL(`./light/${name}`, import.meta.url));

/**
 * Aliases for Vite under which libraries come without what no page of this engine uses. Of simple-peer: Node's streams and buffers (its own
 * code is what the package has). Of engine.io-client: transports that the engine does not ask for. Of socket.io-parser: binary packets.
 */
export const LIGHT_LIBRARIES = [
  ...["buffer", "debug", "err-code", "randombytes", "readable-stream"].map((name) => ({
    find: new RegExp(`^${name}$`),
    replacement: light(`${name}.cjs`),
  })),
  { find: /^\.\/(transports\/)?polling-xhr(\.node)?\.js$/, replacement: light("polling-xhr.mjs") },
  { find: /^\.\/is-binary\.js$/, replacement: light("is-binary.mjs") },
  { find: /^\.\/binary\.js$/, replacement: light("binary.mjs") },
  { find: /^\.\/webtransport\.js$/, replacement: light("webtransport.mjs") },
];
