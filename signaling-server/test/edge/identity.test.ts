import type { MintRefusal, MintRequest } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { checkWith, type IdentityScope, mintWith, openGate } from "../../src/edge/identity.ts";
import type { Limiter } from "../../src/ports/counting.ts";
import type { Gatekeeper, TokenSigner, TokenVerifier } from "../../src/ports/identity.ts";
import { memoryRevocations } from "../../src/store/memory-revocations.ts";
import { memoryTokenLines } from "../../src/store/memory-token-lines.ts";
import { keptLog } from "../app/page.ts";

const IDENTITY = { userId: "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22", deviceGroup: undefined, expiresInMs: 1 };

/** A provider that fails a few times before it answers. */
function failingFirst(times: number): TokenVerifier & { asked: number } {
  return {
    asked: 0,
    async verify() {
      this.asked += 1;
      if (this.asked <= times) throw new TypeError("Failed to fetch");
      return { ok: true, identity: IDENTITY };
    },
  };
}

function check(verifier: TokenVerifier) {
  const clock = manualClock();
  const log = keptLog();
  const verdict = checkWith({
    verifier,
    revocations: memoryRevocations(clock),
    clock,
    random: () => 0.5,
    log,
  })("a-token", {});
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return { verdict, pass, log };
}

test("[S2] a provider that fails for a passing reason is asked up to three times, with growing pauses (C43)", async () => {
  const verifier = failingFirst(2);
  const { verdict, pass, log } = check(verifier);
  await pass(0);
  expect(verifier.asked).toBe(1);
  await pass(149);
  expect(verifier.asked).toBe(1);
  await pass(1);
  expect(verifier.asked).toBe(2);
  await pass(299);
  expect(verifier.asked).toBe(2);
  await pass(1);
  expect(await verdict).toEqual({ ok: true, identity: IDENTITY });
  expect(verifier.asked).toBe(3);
  expect(log.text()).not.toContain("a-token");
});

test.each(["answers", "throws"])(
  "[S2] a verifier in this process that %s at once has no time limit to wait for",
  async (does) => {
    let armed = 0;
    const verdict = await checkWith({
      verifier: {
        verify() {
          if (does === "throws" && armed === 0) throw new TypeError("not now");
          return { ok: true, identity: IDENTITY };
        },
      },
      revocations: memoryRevocations(manualClock()),
      clock: {
        now: () => 0,
        after(_ms, run) {
          armed += 1;
          run();
          return () => undefined;
        },
      },
      random: () => 0.5,
      log: keptLog(),
    })("a-token", {});
    expect(verdict).toEqual({ ok: true, identity: IDENTITY });
    // The pause before it is asked again is the only timer.
    expect(armed).toBe(does === "throws" ? 1 : 0);
  },
);

test("[S2] a provider that does not answer is asked again after 2 s, and not waited for in the end", async () => {
  let asked = 0;
  const { verdict, pass } = check({
    verify: () => {
      asked += 1;
      return new Promise(() => undefined);
    },
  });
  await pass(1_999);
  expect(asked).toBe(1);
  await pass(1);
  await pass(150);
  expect(asked).toBe(2);
  for (let turn = 0; turn < 4; turn += 1) await pass(1_000);
  expect(asked).toBe(3);
  await pass(2_000);
  expect(await verdict).toMatchObject({ ok: false, error: { code: "identity_unavailable" } });
});

test("[S2] a provider that stays away is an error of its own (C44)", async () => {
  const verifier = failingFirst(99);
  const { verdict, pass } = check(verifier);
  for (let turn = 0; turn < 4; turn += 1) await pass(1_000);
  expect(await verdict).toMatchObject({
    ok: false,
    error: { code: "identity_unavailable", retryAfterMs: 1_000 },
  });
  expect(verifier.asked).toBe(3);
});

test.each(["token_expired", "token_invalid"] as const)(
  "[S2] %s is final: nobody is asked again (C44)",
  async (code) => {
    let asked = 0;
    const { verdict } = check({
      verify: async () => {
        asked += 1;
        return { ok: false, code };
      },
    });
    expect(await verdict).toMatchObject({ ok: false, error: { code } });
    expect(asked).toBe(1);
  },
);

const DEVICE = "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11";
const OTHER_DEVICE = "11111111-12f4-4d5b-8a37-0c6a9b8f3e11";
const minted: { userId: string; deviceGroup: string | undefined }[] = [];
const KNOWN = {
  userId: IDENTITY.userId,
  deviceGroup: DEVICE,
  link: { line: "l", number: 0, tokenId: "l" },
};
const signer: TokenSigner = {
  mint: (who) => {
    minted.push(who);
    return { token: "t", expiresInMs: 1 };
  },
  recall: (token) => (token === "known" ? KNOWN : undefined),
};

function minting(
  scope: IdentityScope,
  {
    gatekeeper = openGate,
    limiter = { take: async () => ({ ok: true }) },
    reader = signer,
    refuseNewcomer = () => undefined,
  }: {
    readonly gatekeeper?: Gatekeeper;
    readonly limiter?: Limiter;
    readonly reader?: TokenSigner;
    readonly refuseNewcomer?: () => MintRefusal | undefined;
  } = {},
) {
  const clock = manualClock();
  const lines = memoryTokenLines({ clock, successionMs: 60_000, memoryMs: 3_600_000 });
  const revocations = memoryRevocations(clock);
  const mint = mintWith({ signer: reader, lines, revocations, gatekeeper, limiter, scope, refuseNewcomer });
  return {
    revocations,
    mint: (request: MintRequest, current: string | undefined) =>
      mint({ request, current, networkKey: "school" }),
  };
}

test("[S1] a known token keeps the person, anything else makes a new one", async () => {
  minted.length = 0;
  const { mint } = minting("tab");
  await mint({}, "known");
  await mint({ deviceGroup: DEVICE }, "forged");
  await mint({ deviceGroup: DEVICE }, undefined);
  expect(minted[0]).toEqual({ userId: IDENTITY.userId, deviceGroup: DEVICE });
  expect(new Set(minted.map((who) => who.userId)).size).toBe(3);
});

test("[S4] with a scope of the device all its tabs are one person, and the id does not tell the device", async () => {
  minted.length = 0;
  const { mint } = minting("device");
  await mint({ deviceGroup: DEVICE }, undefined);
  await mint({ deviceGroup: DEVICE }, "known");
  await mint({ deviceGroup: OTHER_DEVICE }, undefined);
  const [first, second, third] = minted;
  expect(first?.userId).toBe(second?.userId);
  expect(third?.userId).not.toBe(first?.userId);
  expect(first?.userId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(first?.userId).not.toBe(DEVICE);
});

test("[B5] [B6] somebody new costs a mint, who comes back with a good token does not, and who shows a bad one pays for both", async () => {
  const taken: string[] = [];
  const { mint } = minting("tab", {
    limiter: {
      async take(doorClass, keys) {
        taken.push(`${doorClass} ${Object.keys(keys)}`);
        return { ok: true };
      },
    },
  });
  const costOf = async (current: string | undefined, deviceGroup = DEVICE) => {
    taken.length = 0;
    await mint({ deviceGroup }, current);
    return [...taken];
  };
  expect(await costOf(undefined)).toEqual(["mint device,network"]);
  expect(await costOf("known")).toEqual(["renewal person,device"]);
  expect(await costOf("forged")).toEqual(["renewal network", "mint device,network"]);
  // Another device group counts as another device: else whoever has lost standing would renew it for nothing.
  expect(await costOf("known", OTHER_DEVICE)).toEqual(["mint device,network"]);
});

test("[B5] [B6] who has a good token gets the next one while others of the network show bad ones without end", async () => {
  const { mint } = minting("tab", {
    limiter: {
      take: async (_doorClass, { network }) =>
        network === undefined ? { ok: true } : { ok: false, retryAfterMs: 777 },
    },
  });
  expect(await mint({ deviceGroup: DEVICE }, "forged")).toMatchObject({ error: { retryAfterMs: 777 } });
  expect(await mint({ deviceGroup: DEVICE }, "known")).toMatchObject({ ok: true });
});

test("[B5] a refused mint makes no token, and says how long to wait", async () => {
  minted.length = 0;
  const { mint } = minting("tab", {
    limiter: { take: async () => ({ ok: false, retryAfterMs: 777 }) },
  });
  const refused = { ok: false, error: { code: "rate_limited", retryAfterMs: 777 } };
  expect(await mint({}, undefined)).toMatchObject(refused);
  expect(await mint({}, "known")).toMatchObject(refused);
  expect(await mint({}, "forged")).toMatchObject(refused);
  expect(minted).toEqual([]);
});

test("[N6] [B5] on a full server a token is recalled once, who is known gets a new one, and a bad one counts", async () => {
  const full = { code: "server_full", message: "full", retryAfterMs: 12_345 } as const;
  const steps: string[] = [];
  let left = 2;
  const { mint } = minting("tab", {
    refuseNewcomer: () => full,
    reader: {
      ...signer,
      recall: (token) => {
        steps.push("recall");
        return signer.recall(token);
      },
    },
    limiter: {
      async take(doorClass, keys) {
        steps.push(`${doorClass} ${Object.keys(keys)}`);
        left -= 1;
        return left >= 0 ? { ok: true } : { ok: false, retryAfterMs: 777 };
      },
    },
  });
  const stepsOf = async (current: string | undefined) => {
    steps.length = 0;
    return { verdict: await mint({}, current), steps: [...steps] };
  };
  expect(await stepsOf(undefined)).toEqual({ verdict: { ok: false, error: full }, steps: [] });
  expect(await stepsOf("known")).toMatchObject({
    verdict: { ok: true },
    steps: ["recall", "renewal person,device"],
  });
  expect(await stepsOf("forged")).toEqual({
    verdict: { ok: false, error: full },
    steps: ["recall", "renewal network"],
  });
  expect(await stepsOf("forged")).toMatchObject({
    verdict: { ok: false, error: { code: "rate_limited" } },
    steps: ["recall", "renewal network"],
  });
});

test("[S17] a new person has to pass the gatekeeper, one who is known does not", async () => {
  const asked: unknown[] = [];
  const gatekeeper: Gatekeeper = {
    async judge(answer, networkKey) {
      asked.push([answer, networkKey]);
      return { ok: false, error: { code: "challenge_required", message: "no" } };
    },
  };
  const { mint } = minting("tab", { gatekeeper });
  const answer = { kind: "token", token: "t" } as const;
  expect(await mint({ answer }, undefined)).toMatchObject({
    ok: false,
    error: { code: "challenge_required" },
  });
  expect(await mint({}, "forged")).toMatchObject({ ok: false });
  expect(await mint({}, "known")).toMatchObject({ ok: true });
  expect(asked).toEqual([
    [answer, "school"],
    [undefined, "school"],
  ]);
});

/** Lets nobody in. */
const shutGate: Gatekeeper = {
  judge: async () => ({ ok: false, error: { code: "challenge_required", message: "no" } }),
};

test("[S17] who is known has to pass with another device group, which would shed limits and standing", async () => {
  const { mint } = minting("tab", { gatekeeper: shutGate });
  const refused = { ok: false, error: { code: "challenge_required" } };
  const answer = { kind: "token", token: "t" } as const;
  expect(await mint({ deviceGroup: OTHER_DEVICE }, "known")).toMatchObject(refused);
  expect(await mint({ deviceGroup: OTHER_DEVICE, answer }, "known")).toMatchObject(refused);
  expect(await mint({ deviceGroup: DEVICE }, "known")).toMatchObject({ ok: true });
});

test("[S17] who names a device group for the first time has passed already, and does so once with each token", async () => {
  const { mint } = minting("tab", {
    gatekeeper: shutGate,
    reader: {
      ...signer,
      recall: (token) => ({
        userId: IDENTITY.userId,
        deviceGroup: token === "nameless" ? undefined : DEVICE,
        link: { line: "l", number: token === "nameless" ? 0 : 1, tokenId: token },
      }),
    },
  });
  expect(await mint({ deviceGroup: DEVICE }, "nameless")).toMatchObject({ ok: true });
  expect(await mint({ deviceGroup: DEVICE }, "named")).toMatchObject({ ok: true });
  expect(await mint({ deviceGroup: OTHER_DEVICE }, "nameless")).toMatchObject({ ok: false });
  expect(await mint({ deviceGroup: OTHER_DEVICE }, "named")).toMatchObject({ ok: false });
});

test("[S17] where all tabs of a device are one person, another device group makes a new person, who has to pass", async () => {
  const { mint } = minting("device", { gatekeeper: shutGate });
  expect(await mint({ deviceGroup: OTHER_DEVICE }, "known")).toMatchObject({
    ok: false,
  });
});

test.each([
  ["the person", { kind: "userId", id: IDENTITY.userId.toUpperCase() }],
  ["the device", { kind: "deviceGroup", id: DEVICE }],
] as const)("[S16] %s that is shut out gets no token", async (_what, key) => {
  const { mint, revocations } = minting("tab");
  await revocations.add(key, 1_000);
  const refused = { ok: false, error: { code: "revoked" } };
  expect(await mint({}, "known")).toMatchObject(refused);
  // Another device group in the request does not hide the one in the token.
  expect(await mint({ deviceGroup: OTHER_DEVICE }, "known")).toMatchObject(refused);
  const again = await mint({ deviceGroup: DEVICE }, undefined);
  expect(again.ok).toBe(key.kind === "userId");
});
