import { errorBody, type Hello } from "@serendip/protocol";
import { expect, test } from "vitest";
import { limitHellos } from "../../../src/edge/socket/hello-limits.ts";
import type { Limiter } from "../../../src/ports/counting.ts";

const identity = { userId: "ann", deviceGroup: "laptop", expiresInMs: 1 };
const hello: Hello = { protocol: 1, token: "t", tabId: "tab" };
const claim: Hello = { ...hello, ticket: "a-ticket" };

/** A network where nothing is left, and what was asked for. */
function crowdedNetwork() {
  const taken: string[] = [];
  const limiter: Limiter = {
    async take(doorClass, keys) {
      taken.push(`${doorClass} ${Object.keys(keys)}`);
      return keys.network === undefined ? { ok: true } : { ok: false, retryAfterMs: 777 };
    },
  };
  return { taken, limits: limitHellos({ limiter, meter: { pauseMs: () => 0 } }) };
}

test("[B5] [B6] a hello with a good token costs its network nothing, whether it comes back to anything or not", async () => {
  const { taken, limits } = crowdedNetwork();
  expect(await limits.beforeAttach({ hello, identity })).toBeUndefined();
  expect(await limits.afterAttach({ hello: claim, identity }, { returned: false })).toBeUndefined();
  expect(taken).toEqual(["hello person,device", "hello person,device"]);
});

test.each(["token_missing", "token_invalid"] as const)(
  "[B5] a hello with %s costs its network one",
  async (code) => {
    const { taken, limits } = crowdedNetwork();
    expect(await limits.afterRefusal(errorBody(code), "school")).toMatchObject({
      code: "rate_limited",
      retryAfterMs: 777,
    });
    expect(taken).toEqual(["hello network"]);
  },
);

test.each(["token_expired", "revoked", "identity_unavailable"] as const)(
  "[B5] a hello with %s is told so, whatever others of its network do",
  async (code) => {
    const { taken, limits } = crowdedNetwork();
    expect(await limits.afterRefusal(errorBody(code), "school")).toEqual(errorBody(code));
    expect(taken).toEqual([]);
  },
);
