import { randomUUID } from "node:crypto";
import type { Hello } from "@serendip/protocol";
import { mint } from "../../page/mint.ts";
import { arrive, helloOf } from "../../page/page.ts";
import type { Lane } from "../lane.ts";
import { frame, openWebSocket } from "../raw-line.ts";

const HELLOS = 6;

const helloFrame = (hello: Hello) => frame(`40${JSON.stringify(hello)}`);

/** Hellos with a token that is none, one more than are heard; and two good ones on one connection. */
export const refusedHellos: Lane = async ({ server, sent }) => {
  const good = helloFrame(helloOf(await mint(server)));
  const bad = helloFrame(helloOf("forged"));
  let twice = false;
  return async () => {
    twice = !twice;
    const line = await openWebSocket(server);
    const hellos = twice ? [good, good] : Array.from({ length: HELLOS }, () => bad);
    for (const hello of hellos) line.tcp.write(hello);
    sent(hellos.length);
    await line.closed;
  };
};

/** Hellos of connections that the tab has long followed with a newer one (SPEC S10). */
export const lateHellos: Lane = async ({ server, sent }) => {
  const token = await mint(server);
  const tab = { tabId: randomUUID() };
  const { welcome } = await arrive(server, helloOf(token, { ...tab, connection: 1_000 }));
  const { sessionId, resumeSecret, epoch } = welcome;
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "lost" } as const;
  const late = helloFrame(helloOf(token, { ...tab, connection: 7, resume }));
  return async () => {
    const line = await openWebSocket(server);
    line.tcp.write(late);
    sent(1);
    await line.closed;
  };
};
