import { Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { arrive, serve, type TestServer } from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve();
});
afterEach(() => server.stop());

/** What waited for a socket, where not all of it is buffers. */
interface Part {
  readonly chunk: Buffer | string;
}

test("the answer to an upgrade and the first packet go to a page in one write", async () => {
  const { prototype } = Socket as unknown as {
    prototype: { _writev(parts: readonly (Part | Buffer)[], done: () => void): void };
  };
  const writev = vi.spyOn(prototype, "_writev");
  const page = await arrive(server);
  const lists = writev.mock.calls.map(([parts]) =>
    parts.map((part) => String("chunk" in part ? part.chunk : part)).join(""),
  );
  writev.mockRestore();
  expect(lists.filter((text) => text.startsWith("HTTP/1.1 101 ") && text.includes('0{"sid":'))).toHaveLength(
    1,
  );
  page.close();
});
