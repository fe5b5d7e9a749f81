import { randomUUID } from "node:crypto";
import type { Hello, ServerBody, SignalEnvelope } from "@serendip/protocol";
import { mint, type Server } from "./mint.ts";
import { arrive, type Hear, helloOf, type Page } from "./page.ts";

/** Candidates after each offer; the server takes 100 of them, and 100 offers of one side (SPEC R3). */
const CANDIDATES_PER_OFFER = 60;

export interface Member {
  readonly page: Page;
  readonly roomId: string;
}

/** One of two people who meet; `hear` gets what comes after the match too. */
async function comer(server: Server, hear: Hear, hello: Partial<Hello>) {
  let matched: (body: ServerBody<"matched">) => void = () => undefined;
  const match = new Promise<ServerBody<"matched">>((resolve) => {
    matched = resolve;
  });
  const listen: Hear = (event, body) => {
    if (event === "matched") matched(body as ServerBody<"matched">);
    else hear(event, body);
  };
  const page = await arrive(server, helloOf(await mint(server), hello), listen);
  return { page, match };
}

/** Two people in one room, ready to send signals. Nobody else may be searching meanwhile. `hello`: what both say besides the usual. */
export async function meet(
  server: Server,
  hear: readonly [Hear, Hear],
  hello: Partial<Hello> = {},
): Promise<readonly [Member, Member]> {
  const [a, b] = [await comer(server, hear[0], hello), await comer(server, hear[1], hello)];
  for (const { page } of [a, b]) await page.ask("find", { requestId: randomUUID() });
  const enter = async ({ page, match }: typeof a): Promise<Member> => {
    const { roomId } = (await match).room;
    await page.ask("ready", { requestId: randomUUID(), roomId });
    return { page, roomId };
  };
  return [await enter(a), await enter(b)];
}

const CANDIDATE =
  "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0";
const SDP = `v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n${"a=x:0123456789\r\n".repeat(6)}`;

/** The signal with this number (from 1), about 200 bytes on the wire. */
export function signalOf(roomId: string, sequence: number): SignalEnvelope {
  const signal =
    sequence % CANDIDATES_PER_OFFER === 1
      ? ({ kind: "offer", sdp: SDP } as const)
      : ({
          kind: "candidate",
          candidate: { candidate: CANDIDATE, sdpMid: "0", sdpMLineIndex: 0 },
        } as const);
  return { roomId, generation: 1, sequence, signal };
}
