import { expect } from "vitest";
import { serve, type TestServer } from "../app/page.ts";
import {
  arrive,
  type CountedPage,
  comeBack,
  endNoticed,
  mint,
  type Person,
  pass,
  sender,
  stop,
} from "./pages.ts";

/** The server of the scene, and what notes the cost of what happens. */
export interface Stage {
  server: TestServer;
  count<Result>(title: string, run: () => Promise<Result>): Promise<Result>;
}

export const openServer = (): Promise<TestServer> => serve({ TRUST_PROXY: "1" });

const ANN: Person = {
  address: "203.0.113.7",
  deviceGroup: "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11",
  tabId: "tab-of-ann",
};
const BEN: Person = {
  address: "198.51.100.9",
  deviceGroup: "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22",
  tabId: "tab-of-ben",
};

/** As long as one usually is with one video and one audio track: 2.5 kB. */
const OFFER = { kind: "offer", sdp: `v=0\r\n${"a=rtcp-fb:96 nack\r\n".repeat(131)}` } as const;
const CANDIDATE = {
  kind: "candidate",
  candidate: {
    candidate: "candidate:842163049 1 udp 1677729535 203.0.113.7 61000 typ srflx raddr 0.0.0.0 rport 0",
    sdpMid: "0",
    sdpMLineIndex: 0,
    usernameFragment: "abcd",
  },
} as const;
const RESTART = { kind: "restart" } as const;

/** Two in a room: the one who makes offers, and the other. */
interface Pair {
  readonly caller: CountedPage;
  readonly callee: CountedPage;
  readonly roomId: string;
}

/** Two of whom one leaves the other. */
interface Parting {
  readonly leaving: CountedPage;
  readonly left: CountedPage;
}

/** Plays everything that is counted. */
export async function play(stage: Stage): Promise<void> {
  const met = await playMeeting(stage);
  await playSignals(stage, met);
  await stage.count("30 s of two in a room", () => pass(30));
  const { callee } = met;
  const token = await stage.count("A token is renewed", async () => {
    const renewed = await mint(stage.server, callee.person, callee.token);
    expect(await callee.request("refresh-token", { token: renewed })).toMatchObject({ ok: true });
    return renewed;
  });
  const pair = { ...met, callee: { ...callee, token }, caller: await playReturns(stage, met) };
  await playParting(stage, await playRestart(stage, pair));
}

async function playMeeting({ server, count }: Stage): Promise<Pair> {
  const token = await count("Somebody new gets a token", () => mint(server, ANN));
  const ann = await count("A page says hello", () => arrive(server, ANN, token));
  await count("30 s of one who is connected", () => pass(30));
  await count("A search that waits", () => ann.request("find", { requestId: "find-a" }));
  const ben = await arrive(server, BEN, await mint(server, BEN));
  const { room } = await count("A search that finds a partner", async () => {
    await ben.request("find", { requestId: "find-b" });
    await ben.next("matched");
    return ann.next("matched");
  });
  const { roomId } = room;
  await count("Both say that they are ready", async () => {
    await ann.request("ready", { requestId: "ready-a", roomId });
    await ben.request("ready", { requestId: "ready-b", roomId });
  });
  return room.role === "initiator"
    ? { caller: ann, callee: ben, roomId }
    : { caller: ben, callee: ann, roomId };
}

async function playSignals({ count }: Stage, { caller, callee, roomId }: Pair): Promise<void> {
  const toCallee = sender(caller, callee, roomId);
  const toCaller = sender(callee, caller, roomId);
  await count("A description of 2.5 kB is relayed", () => toCallee(OFFER));
  await count("A candidate is relayed", () => toCallee(CANDIDATE));
  await count("A request for a restart is relayed", () => toCaller(RESTART));
  await count("Sixteen candidates are relayed at once, and a second passes", async () => {
    await toCallee(...Array.from({ length: 16 }, () => CANDIDATE));
    await pass(1);
  });
}

/** Returns the caller's page as it is in the end. */
async function playReturns({ server, count }: Stage, { caller, callee }: Pair): Promise<CountedPage> {
  const again = await count("A connection in a room drops, and the page is back at once", async () => {
    await endNoticed(server, () => caller.drop());
    return comeBack(server, caller, 2);
  });
  await count("A connection in a room drops, and a second passes", async () => {
    await endNoticed(server, () => again.drop());
    await pass(1);
    await callee.next("partner-away");
  });
  return count("The page is back after that second", async () => {
    const page = await comeBack(server, again, 3);
    await callee.next("partner-back");
    return page;
  });
}

async function playRestart(stage: Stage, { caller, callee }: Pair): Promise<Parting> {
  await stop(stage.server);
  stage.server = await openServer();
  const { server, count } = stage;
  const first = await count("After a restart the first of two is back, with token and ticket", () =>
    comeBack(server, callee, 2),
  );
  const second = await count("The second of them is back, and the room goes on", async () => {
    const page = await comeBack(server, caller, 4);
    await first.next("partner-back");
    return page;
  });
  return { leaving: second, left: first };
}

async function playParting({ server, count }: Stage, { leaving, left }: Parting): Promise<void> {
  await count("Next, with nobody else there", async () => {
    await leaving.request("find", { requestId: "find-next" });
    await left.next("partner-left");
  });
  await count("A search is ended", () => leaving.request("leave", { requestId: "leave" }));
  await count("A page goes for good", () => endNoticed(server, () => leaving.close()));
}
