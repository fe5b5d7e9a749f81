import { type IceServer, iceModeOf } from "@serendip/protocol";
import type { Ahead } from "./ahead.port.ts";
import { mailbox } from "./mailbox.browser.ts";
import type { PeerHandlers, PeerLink, PeerLinks, PeerOptions } from "./peer-link.port.ts";
import { reconfigure, rtcConfiguration } from "./rtc-configuration.browser.ts";

/** What a link is opened over besides its options. */
export interface LinkBasis {
  /** A new connection without any description; made by the link where it is absent. */
  readonly connection?: RTCPeerConnection;
  /** Initiator: no offer is made before `serve`. */
  readonly offerWaits?: boolean;
}

/** A link that was opened for nobody. */
export interface IdleLink extends PeerLink {
  /** It is the partner's of these options from now on. */
  serve(options: PeerOptions): void;
}

type OpenLink = (options: PeerOptions & LinkBasis, handlers: PeerHandlers) => IdleLink;

interface AtHand {
  readonly stun: string;
  readonly waits: Ahead["waits"];
  readonly connection: RTCPeerConnection;
  offer: { readonly link: IdleLink; readonly mail: ReturnType<typeof mailbox> } | undefined;
}

const isRelay = (server: IceServer): boolean => iceModeOf([server]) === "turn";
const withoutRelays = (servers: readonly IceServer[]) => servers.filter((server) => !isRelay(server));
const stunOf = (servers: readonly IceServer[]): string =>
  JSON.stringify(withoutRelays(servers).map(({ urls }) => urls));

/** Links of which at most one is made ahead (SPEC R19). Each connection has a certificate of its own. */
export function oneAhead(openLink: OpenLink): Pick<PeerLinks, "open" | "makeAhead"> {
  let atHand: AtHand | undefined;

  const letGo = (): void => {
    const going = atHand;
    atHand = undefined;
    if (going?.offer) going.offer.link.close();
    else going?.connection.close();
  };

  function make({ iceServers, waits }: Ahead): AtHand {
    const configuration = rtcConfiguration({
      iceServers: withoutRelays(iceServers),
      relayOnly: false,
      poolSize: waits ? 0 : 1,
    });
    if (atHand?.offer) letGo();
    const connection = atHand?.connection ?? new RTCPeerConnection(configuration);
    if (atHand) connection.setConfiguration(configuration);
    return { stun: stunOf(iceServers), waits, connection, offer: undefined };
  }

  function addOffer(mine: AtHand, { iceServers, stream }: Ahead): void {
    const mail = mailbox(() => {
      if (atHand === mine) letGo();
    });
    const link = openLink(
      {
        role: "initiator",
        iceServers: withoutRelays(iceServers),
        stream,
        relayOnly: false,
        connection: mine.connection,
        offerWaits: mine.waits,
      },
      mail.handlers,
    );
    mine.offer = { link, mail };
  }

  function fits({ offer, stun, waits }: AtHand, { role, iceServers, relayOnly }: PeerOptions): boolean {
    // Who hides the address gathers at the match, and nothing but a relay.
    if (relayOnly) return false;
    if (!offer) return true;
    return role === "initiator" && stun === stunOf(iceServers) && (waits || !iceServers.some(isRelay));
  }

  return {
    makeAhead(ahead) {
      if (!ahead) {
        letGo();
        return;
      }
      const { iceServers, what, waits } = ahead;
      const isSame = atHand?.stun === stunOf(iceServers) && atHand.waits === waits;
      try {
        const mine = isSame && atHand ? atHand : make(ahead);
        atHand = mine;
        if (what === "offer" && !mine.offer) addOffer(mine, ahead);
      } catch {
        // The match will say what is wrong, to somebody who can be told.
        letGo();
      }
    },
    open(options, handlers) {
      const mine = atHand;
      if (!mine) return openLink(options, handlers);
      if (!fits(mine, options)) {
        const link = openLink(options, handlers);
        // To close a connection takes a browser longer than to open one.
        letGo();
        return link;
      }
      atHand = undefined;
      if (mine.offer) {
        const { link, mail } = mine.offer;
        link.serve(options);
        mail.forwardTo(handlers);
        return link;
      }
      try {
        reconfigure(mine.connection, options);
      } catch {
        mine.connection.close();
        return openLink(options, handlers);
      }
      return openLink({ ...options, connection: mine.connection }, handlers);
    },
  };
}
