export * from "./engine-bench.ts";
export * from "./fake-browser.ts";
export * from "./fake-media.ts";
export * from "./fake-peers.ts";
export * from "./scripted-server.ts";
export * from "./socket-behaviour.ts";
