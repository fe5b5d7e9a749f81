import { mint } from "../../page/mint.ts";
import { helloOf } from "../../page/page.ts";
import type { Lane } from "../lane.ts";
import { dial, flood, frame, head, openWebSocket } from "../raw-line.ts";

const MINTS_AT_ONCE = 300;
const FRAMES_AT_ONCE = 500;
/** Well above what one connection may send at once (SPEC W10). */
const MOST_FRAMES = 5_000;
const MOST_NAMES = 20;

const repeated = (bytes: Buffer, times: number) => Buffer.concat(Array.from({ length: times }, () => bytes));

/** Requests for tokens, one on another, whose answers nobody reads. */
export const pipelinedMints: Lane = ({ server, sent }) => {
  const bytes = Buffer.from(
    head("POST /v1/sessions HTTP/1.1", { "Content-Length": "0" }).repeat(MINTS_AT_ONCE),
  );
  return async () => {
    const line = dial(server);
    line.tcp.pause();
    await flood(line, bytes, { onWritten: () => sent(MINTS_AT_ONCE) });
  };
};

/** Frames on a WebSocket that is not read, after an accepted hello. */
const unreadFrames =
  (one: Buffer, atOnce: number): Lane =>
  async ({ server, sent }) => {
    const token = await mint(server);
    const bytes = repeated(one, atOnce);
    return async () => {
      const line = await openWebSocket(server);
      line.tcp.write(frame(`40${JSON.stringify(helloOf(token))}`));
      await line.hear("welcome");
      line.tcp.pause();
      await flood(line, bytes, { onWritten: () => sent(atOnce), most: MOST_FRAMES / atOnce });
    };
  };

export const unreadPings = unreadFrames(frame("x".repeat(125), 9), FRAMES_AT_ONCE);
export const oneCharacterFrames = unreadFrames(frame("3"), FRAMES_AT_ONCE);

/** Hellos for a namespace that there is not, whose name a refusal would repeat; with a hello before them, and without. */
export const namespaceRefusals: Lane = async ({ server, sent }) => {
  const token = await mint(server);
  const hello = frame(`40${JSON.stringify(helloOf(token))}`);
  const bytes = frame(`40/${"x".repeat(60_000)},{}`);
  let withHello = false;
  return async () => {
    withHello = !withHello;
    const line = await openWebSocket(server);
    if (withHello) {
      line.tcp.write(hello);
      await line.hear("welcome");
    }
    line.tcp.pause();
    await flood(line, bytes, { onWritten: () => sent(1), most: MOST_NAMES });
  };
};
