import { Manager } from "socket.io-client";
import { afterEach, expect, test, vi } from "vitest";
import { libraryBackoffMs } from "../../src/compare/comeback/library-backoff.ts";
import { randomFrom } from "../../src/random.ts";

afterEach(() => void vi.restoreAllMocks());

test("the bare relay's people come back as socket.io-client does", () => {
  const chance = randomFrom(1);
  const drawn = vi.spyOn(Math, "random");
  const manager = new Manager("http://127.0.0.1:9", { autoConnect: false });
  const { backoff } = manager as unknown as { backoff: { duration(): number; reset(): void } };
  for (let client = 0; client < 100; client += 1) {
    backoff.reset();
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const random = chance();
      drawn.mockReturnValue(random);
      expect(libraryBackoffMs(attempt, random)).toBe(backoff.duration());
    }
  }
});
