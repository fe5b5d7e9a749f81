import { systemClock } from "@serendip/time";
import type { EngineOptions, VideoChat } from "../engine-api.ts";
import type { Log, SessionKeeper, TokenSource } from "../ports.ts";
import { createEngine } from "../video-chat.ts";
import { consoleLog } from "./console-log.ts";
import { httpReadiness } from "./http-readiness.ts";
import { httpTokenSource } from "./http-token-source.ts";
import { iceGatherer } from "./ice-gatherer.ts";
import { lazyPeerLinks } from "./lazy-peer-links.ts";
import { networkHints } from "./network-hints.ts";
import { socketIoSocket } from "./socket-io-socket.ts";
import { stunProbe } from "./stun-probe.ts";
import { tabSessionKeeper } from "./tab-session-keeper.ts";
import { userMedia } from "./user-media.ts";

export { consoleLog, silentLog } from "./console-log.ts";

/** What a video chat in a page needs to know. */
export interface VideoChatOptions extends EngineOptions {
  /** Where the signaling service is, for example `https://signal.example.org`. */
  readonly signalingUrl: string;
  /** Where log lines go; the console by default, `silentLog` for nowhere. */
  readonly log?: Log;
  /** Tokens of an identity provider instead of the signaling service's anonymous ones. */
  readonly tokens?: TokenSource;
}

/**
 * A video chat of this page, over the browser's camera, connections and storage. Making one only loads the rest of the
 * code, and on a server that renders the page not even that. Several in one page are several people.
 */
export function createVideoChat(options: VideoChatOptions): VideoChat {
  const { signalingUrl, log = consoleLog(), tokens, ...engineOptions } = options;
  let deviceGroup: string | undefined;
  const tab = tabSessionKeeper();
  const keeper: SessionKeeper = {
    async open() {
      const memory = await tab.open();
      deviceGroup = memory.deviceGroup;
      return memory;
    },
    close: () => tab.close(),
    save: (keepsake) => tab.save(keepsake),
  };
  // The largest part of the code: it comes while the person reads the first screen.
  const peers = lazyPeerLinks(async () => (await import("./simple-peer-link.ts")).simplePeerLinks({ log }));
  if (typeof document !== "undefined") peers.prepare();
  return createEngine(
    {
      socket: socketIoSocket({ url: signalingUrl, log }),
      tokens: tokens ?? httpTokenSource({ url: signalingUrl, deviceGroup: () => deviceGroup }),
      peers,
      media: userMedia(),
      keeper,
      hints: networkHints(),
      gatherer: iceGatherer(),
      readiness: httpReadiness({ url: signalingUrl }),
      stun: stunProbe(),
      clock: systemClock(),
      random: Math.random,
      log,
    },
    engineOptions,
  );
}
