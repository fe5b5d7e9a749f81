import { randomBytes } from "node:crypto";
import { isIPv4 } from "node:net";
import type { Cancel } from "@serendip/time";
import { type Allocation, allocate } from "./allocation.ts";
import type { Target } from "./channel.ts";
import type { Address } from "./stun-values.ts";
import type { TurnClientOptions } from "./turn-client.ts";
import { TurnFailure } from "./turn-failure.ts";

/** Two relayed addresses of a server, each of which may send to the other. */
export interface RelayPair {
  /**
   * Relays a packet from one address to the other, and resolves with the milliseconds that it took.
   *
   * @param withinMs the time that the packet may take
   * @throws TurnFailure `no-hairpin` when the server relays, but not between two addresses of its own
   */
  echo(withinMs: number): Promise<number>;
  /**
   * Keeps both for ten more minutes.
   *
   * @throws TurnFailure
   */
  refresh(): Promise<void>;
  /** Gives both back. Never rejects, and works after the time limit too. */
  free(): Promise<void>;
  /** The same without waiting for the server's word. */
  drop(): void;
}

/** The pause before a packet through the relay, which may get lost, is sent again. */
const RETRY_MS = 300;

/**
 * Addresses of the public internet that a server is asked to permit, to see whether it relays there. Nothing is sent to
 * them.
 */
const STRANGERS = { ipv4: { host: "8.8.8.8", port: 9 }, ipv6: { host: "2606:4700::1111", port: 9 } } as const;

/**
 * Asks a server for two relayed addresses. Where it gives only one, that is given back.
 *
 * @throws TurnFailure
 */
export async function openPair(
  target: Target,
  options: Omit<TurnClientOptions, "onData">,
): Promise<RelayPair> {
  let onData: (data: Buffer) => void = () => undefined;
  const open = () => allocate(target, { ...options, onData: (data) => onData(data) });
  const opened = await Promise.allSettled([open(), open()]);
  const allocations = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const free = async () => void (await Promise.all(allocations.map((allocation) => allocation.free())));
  const [from, to] = allocations;
  if (!from || !to) {
    await free();
    throw opened.flatMap((result) => (result.status === "rejected" ? [result.reason] : []))[0];
  }
  return {
    async echo(withinMs) {
      const word = randomBytes(16);
      const arrived = new Promise<void>((resolve) => {
        onData = (data) => void (data.equals(word) && resolve());
      });
      await permitEachOther(from, to);
      return sendThrough(() => from.send(word, to.relayed), arrived, { ...options, withinMs });
    },
    async refresh() {
      await Promise.all([from.refresh(), to.refresh()]);
    },
    free,
    drop() {
      from.drop();
      to.drop();
    },
  };
}

async function permitEachOther(one: Allocation, other: Allocation): Promise<void> {
  try {
    await Promise.all([one.permit(other.relayed), other.permit(one.relayed)]);
  } catch (error) {
    if (!isForbidden(error) || !(await permitsOthers(one))) throw error;
    const says =
      "relays, but not between two addresses of its own (403): two people who both need it do not reach each other";
    throw new TurnFailure("no-hairpin", says);
  }
}

const isForbidden = (error: unknown) => error instanceof TurnFailure && error.code === "no-permission";

/** Whether the server relays to anybody: to this machine, or to the public internet. */
async function permitsOthers({ relayed, mapped, permit }: Allocation): Promise<boolean> {
  const stranger: Address = isIPv4(relayed.host) ? STRANGERS.ipv4 : STRANGERS.ipv6;
  for (const peer of mapped ? [mapped, stranger] : [stranger])
    try {
      await permit(peer);
      return true;
    } catch (error) {
      // This peer is forbidden, or of another family than the relayed address; the next one may be permitted.
      if (!isForbidden(error) && !(error instanceof TurnFailure && error.code === "refused")) throw error;
    }
  return false;
}

/** Sends the packet again and again until it has arrived. */
async function sendThrough(
  send: () => void,
  arrived: Promise<void>,
  { clock, limit, withinMs }: Pick<TurnClientOptions, "clock" | "limit"> & { readonly withinMs: number },
): Promise<number> {
  const startedAt = clock.now();
  let cancelSend: Cancel | undefined;
  let cancelLost: Cancel | undefined;
  const sendAgain = () => {
    cancelSend = clock.after(RETRY_MS, sendAgain);
    send();
  };
  const lost = new Promise<never>((_, reject) => {
    const says = "accepts everything, but what is sent through it does not arrive";
    cancelLost = clock.after(withinMs, () => reject(new TurnFailure("no-echo", says)));
  });
  sendAgain();
  try {
    await limit.race(Promise.race([arrived, lost]));
    return clock.now() - startedAt;
  } finally {
    cancelSend?.();
    cancelLost?.();
  }
}
