import { expect, test } from "vitest";
import { isClogged } from "../../src/edge/outbound.ts";

type Conn = Parameters<typeof isClogged>[0]["conn"];

const connection = (packets: readonly string[], bufferedAmount?: number) => {
  const writeBuffer = packets.map((data) => ({ data }));
  const transport = bufferedAmount === undefined ? {} : { socket: { bufferedAmount } };
  return { conn: { writeBuffer, transport } as unknown as Conn };
};

test("[W9] [R6] what is kept for an absent partner may wait, a third more may not", () => {
  const signals = Array.from({ length: 64 }, () => "x".repeat(4 * 1024));
  expect(isClogged(connection(["welcome", ...signals]))).toBe(false);
  expect(isClogged(connection([...signals, "x".repeat(80 * 1024)]))).toBe(true);
});

test("[W9] what has left the engine and not yet the process counts too", () => {
  expect(isClogged(connection([], 300 * 1024))).toBe(false);
  expect(isClogged(connection([], 321 * 1024))).toBe(true);
  expect(isClogged(connection(["x".repeat(100 * 1024)], 250 * 1024))).toBe(true);
});

test("[W9] thousands of little answers are as heavy as one big one", () => {
  expect(isClogged(connection(Array.from({ length: 5_000 }, () => "430[]")))).toBe(true);
});
