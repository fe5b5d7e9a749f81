import { steadyClock, systemClock } from "@serendip/time";
import { consoleLog } from "../base/console-log.browser.ts";
import type { EngineOptions, VideoChat } from "../chat/engine-api.ts";
import { iceGatherer } from "../ice/ice-gatherer.browser.ts";
import { stunProbe } from "../ice/stun-probe.browser.ts";
import { userMedia } from "../media/user-media.browser.ts";
import { lazyPeerLinks } from "../peer/lazy-peer-links.browser.ts";
import { httpReadiness } from "../signaling/http-readiness.browser.ts";
import { httpTokenSource } from "../signaling/http-token-source.browser.ts";
import { socketIoSocket } from "../signaling/socket-io-socket.browser.ts";
import type { SolveChallenge, TokenSource } from "../signaling/token-source.port.ts";
import { deviceGroup } from "../tab/device-group.browser.ts";
import { networkHints } from "../tab/network-hints.browser.ts";
import { tabStorage } from "../tab/tab-storage.browser.ts";
import type { Log } from "../words/log.ts";
import { createEngine } from "./engine.ts";

export { consoleLog, silentLog } from "../base/console-log.browser.ts";

/** What a video chat in a page needs to know. */
export interface VideoChatOptions extends EngineOptions {
  /** Where the signaling service is, for example `https://signal.example.org`. */
  readonly signalingUrl: string;
  /** Where log lines go; the console by default, `silentLog` for nowhere. */
  readonly log?: Log;
  /** Tokens of an identity provider instead of the signaling service's anonymous ones. */
  readonly tokens?: TokenSource;
  /**
   * Puts a check to the person, for a site that lets nobody in without the token of a challenge service. Without it such a site's
   * chat fails with `challenge-missing`. A check that the page computes by itself (proof of work) needs nothing.
   */
  readonly solveChallenge?: SolveChallenge;
}

/**
 * A video chat of this page, over the browser's camera, connections and storage. Making one only loads the rest of the
 * code, and on a server that renders the page not even that. Several in one page are several people.
 */
export function createVideoChat(options: VideoChatOptions): VideoChat {
  const { signalingUrl, log = consoleLog(), tokens, solveChallenge, ...engineOptions } = options;
  // The largest part of the code: it comes while the person reads the first screen.
  const peers = lazyPeerLinks(async () =>
    (await import("../peer/simple-peer-link.browser.ts")).simplePeerLinks({ log }),
  );
  // Where it cannot be loaded, Start tries again and says so.
  if (typeof document !== "undefined") peers.ready().catch(() => {});
  return createEngine(
    {
      socket: socketIoSocket({ url: signalingUrl, log }),
      tokens:
        tokens ?? httpTokenSource({ url: signalingUrl, deviceGroup: () => deviceGroup(), solveChallenge }),
      peers,
      media: userMedia(),
      storage: tabStorage(),
      hints: networkHints(),
      gatherer: iceGatherer(),
      readiness: httpReadiness({ url: signalingUrl }),
      stun: stunProbe(),
      // Not the system's: a deadline would stand still when that is set back.
      clock: steadyClock(),
      systemClock: systemClock(),
      random: Math.random,
      log,
    },
    engineOptions,
  );
}
