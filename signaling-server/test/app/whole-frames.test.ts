import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as ws from "ws";
import { meet, offer, serve, type TestServer } from "./page.ts";

/** What the library exports beside its types. */
interface Inside {
  readonly Sender: {
    readonly prototype: { sendFrame(parts: readonly (Buffer | string)[], done?: () => void): void };
  };
}
const { Sender } = ws as unknown as Inside;

let server: TestServer;
beforeEach(async () => {
  server = await serve();
});
afterEach(() => server.stop());

test("a short message goes to a page's WebSocket in one piece, and a long one in two", async () => {
  const { a, b, roomId } = await meet(server);
  const sendFrame = vi.spyOn(Sender.prototype, "sendFrame");
  /** In how many pieces the server has written the frame that brings this signal. */
  const piecesOf = async (sequence: number, sdp: string) => {
    sendFrame.mockClear();
    expect(await a.request("signal", offer(roomId, sequence, sdp))).toEqual({ ok: true });
    expect(await b.next("signal")).toEqual(offer(roomId, sequence, sdp));
    const frames = sendFrame.mock.calls.map(([parts]) => parts);
    return frames.filter((parts) => parts.map(String).join("").includes(sdp)).map(({ length }) => length);
  };
  expect(await piecesOf(1, "short")).toEqual([1]);
  expect(await piecesOf(2, `long ${"x".repeat(3_000)}`)).toEqual([2]);
  sendFrame.mockRestore();
});
