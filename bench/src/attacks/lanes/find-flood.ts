import { mint } from "../../page/mint.ts";
import { helloOf } from "../../page/page.ts";
import type { Lane } from "../lane.ts";
import { flood, frame, openWebSocket } from "../raw-line.ts";

const FINDS_AT_ONCE = 200;

/** Searches of one person, one on another, whose answers are read. */
export const findFlood: Lane = async ({ server, sent }) => {
  const token = await mint(server);
  // More different ones than the server keeps the answers of (SPEC Q1).
  const finds = Array.from({ length: FINDS_AT_ONCE }, (_, n) =>
    frame(`42${n}["find",{"requestId":"find-${n}"}]`),
  );
  const bytes = Buffer.concat(finds);
  return async () => {
    const line = await openWebSocket(server);
    line.tcp.write(frame(`40${JSON.stringify(helloOf(token))}`));
    await line.hear("welcome");
    await flood(line, bytes, { onWritten: () => sent(FINDS_AT_ONCE) });
  };
};
