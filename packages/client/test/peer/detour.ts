import type { Role, Signal } from "@serendip/protocol";
import { onTestFinished } from "vitest";
import { commands } from "vitest/browser";
import type { PeerLink } from "../../src/peer/peer-link.port.ts";
import { openSide, type Side } from "./pair.ts";

/** Two links whose whole media goes over a network that can be cut, and whose signals do not. */
export interface DetouredPair {
  readonly initiator: Side;
  readonly responder: Side;
  cut(): Promise<void>;
  heal(): Promise<void>;
}

export function openDetouredPair(
  streams: { readonly initiator?: MediaStream; readonly responder?: MediaStream } = {},
): DetouredPair {
  onTestFinished(() => commands.closeDetours());
  const links = new Map<Role, PeerLink>();
  let turn = Promise.resolve();
  const deliver = (from: Role) => (signal: Signal) => {
    // One after the other: a candidate must not overtake its offer.
    turn = turn.then(async () => {
      const arriving = await detoured(signal);
      if (arriving) links.get(from === "initiator" ? "responder" : "initiator")?.signal(arriving);
    });
  };
  const open = (role: Role) => {
    const side = openSide({ role, iceServers: [], stream: streams[role], relayOnly: false }, deliver(role));
    links.set(role, side.link);
    return side;
  };
  const responder = open("responder");
  return {
    initiator: open("initiator"),
    responder,
    cut: () => commands.cutDetours(true),
    heal: () => commands.cutDetours(false),
  };
}

/** Leads past the detour's port; undefined for what has none. */
async function detoured(signal: Signal): Promise<Signal | undefined> {
  if (signal.kind === "restart") return signal;
  if (signal.kind !== "candidate") return { ...signal, sdp: signal.sdp.replace(/^a=candidate:.*\r\n/gm, "") };
  const fields = signal.candidate.candidate.split(" ");
  const [, , transport, , address = "", port] = fields;
  if (transport?.toLowerCase() !== "udp" || !/^\d+(\.\d+){3}$/.test(address)) return undefined;
  fields[5] = String(await commands.openDetour(address, Number(port)));
  return { ...signal, candidate: { ...signal.candidate, candidate: fields.join(" ") } };
}
