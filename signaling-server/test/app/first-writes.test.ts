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

test("to a page go in one write: the answer to an upgrade and the first packet; that its hello is accepted and the welcome", async () => {
  const { prototype } = Socket as unknown as {
    prototype: { _writev(parts: readonly (Part | Buffer)[], done: () => void): void };
  };
  const writev = vi.spyOn(prototype, "_writev");
  const page = await arrive(server);
  const lists = writev.mock.calls.map(([parts]) =>
    parts.map((part) => String("chunk" in part ? part.chunk : part)).join(""),
  );
  writev.mockRestore();
  const together = (first: string, second: string) =>
    lists.filter((text) => text.includes(first) && text.includes(second)).length;
  expect(together("HTTP/1.1 101 ", '0{"sid":')).toBe(1);
  expect(together('40{"sid":', '42["welcome",')).toBe(1);
  page.close();
});
