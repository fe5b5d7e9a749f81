import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import type { TlsIdentity, TlsReading } from "../../../src/edge/tls/tls-files.ts";
import { followTlsFiles, LOOK_MS } from "../../../src/edge/tls/tls-renewal.ts";
import { keptLog } from "../../app/page.ts";

const DAY_MS = 24 * 3_600_000;
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

function identity(name: string, validUntilAt = 1_000 * DAY_MS): TlsIdentity {
  return { cert: `cert ${name}`, key: `key ${name}`, validFromAt: 0, validUntilAt };
}

/** A server's files, which the test writes, and what becomes of them. */
function follow(first: TlsIdentity) {
  const clock = manualClock();
  const log = keptLog();
  let reading: TlsReading = { ok: true, identity: first };
  const taken: string[] = [];
  const stop = followTlsFiles(first, {
    read: async () => reading,
    clock,
    calendar: clock,
    log,
    onRenewed: ({ cert }) => void taken.push(cert),
  });
  return {
    stop,
    taken,
    log,
    write(next: TlsIdentity | string) {
      reading = typeof next === "string" ? { ok: false, sentence: next } : { ok: true, identity: next };
    },
    async looks(times: number, everyMs = LOOK_MS) {
      for (let time = 0; time < times; time += 1) {
        clock.advance(everyMs);
        await nextTurn();
      }
    },
    said: () => log.lines.map(({ level, message }) => `${level}: ${message}`),
  };
}

test("[X4] what stands in the files for one look only is not taken", async () => {
  const files = follow(identity("a"));
  for (const half of ["not there", identity("b"), identity("c"), "damaged", identity("d")]) {
    files.write(half);
    await files.looks(1);
  }
  expect(files.taken).toEqual([]);
  await files.looks(1);
  expect(files.taken).toEqual(["cert d"]);
  await files.looks(10);
  expect(files.taken).toEqual(["cert d"]);
});

test("[X4] what cannot be used is said once, and the old ones stay until something good is there", async () => {
  const files = follow(identity("a"));
  files.write("TLS_KEY_FILE names k, which is not there.");
  await files.looks(10);
  expect(files.taken).toEqual([]);
  expect(files.said()).toEqual(["error: The new TLS files cannot be used; the old ones stay in use"]);
  files.write(identity("b"));
  await files.looks(3);
  expect(files.taken).toEqual(["cert b"]);
});

test("[X4] a certificate that ends in less than 7 days, or is over, is said once, loudly, and no more after its renewal", async () => {
  const files = follow(identity("a", 10 * DAY_MS));
  await files.looks(2, DAY_MS);
  expect(files.said()).toEqual([]);
  await files.looks(5, DAY_MS);
  expect(files.said()).toEqual(["warn: The TLS certificate is valid for less than 7 days"]);
  await files.looks(5, DAY_MS);
  expect(files.said().at(-1)).toBe("error: The TLS certificate is over");
  expect(files.said()).toHaveLength(2);
  files.write(identity("b"));
  await files.looks(3);
  expect(files.said().at(-1)).toBe("info: TLS certificate renewed");
});

test("[X4] one that is over at the start is said at once, and so is one that is not valid yet", () => {
  expect(follow(identity("a", -1)).said()).toEqual(["error: The TLS certificate is over"]);
  const early = { ...identity("a"), validFromAt: 900 * DAY_MS };
  expect(follow(early).said()).toEqual(["warn: The TLS certificate is not valid yet"]);
});

test("[X4] nobody looks after the stop", async () => {
  const files = follow(identity("a"));
  files.stop();
  files.write(identity("b"));
  await files.looks(5);
  expect(files.taken).toEqual([]);
});
