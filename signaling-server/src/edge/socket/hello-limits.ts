import { type Bye, byeOf, type ErrorBody, errorBody, type Hello } from "@serendip/protocol";
import type { LimitVerdict } from "../../domain/limits/quota.ts";
import type { EventMeter, Limiter } from "../../ports/counting.ts";
import type { Identity } from "../../ports/identity.ts";

/** Who says hello, and from where. */
interface Arriving {
  readonly hello: Hello;
  readonly identity: Identity;
  readonly networkKey: string | undefined;
}

/** Bounds hellos (SPEC B4–B6). An error body or a bye where the page has to wait. */
export interface HelloLimits {
  /** Asked before the token is read. */
  beforeToken(hello: Hello, networkKey: string | undefined): Promise<ErrorBody | undefined>;
  beforeAttach(arriving: Arriving): Promise<ErrorBody | undefined>;
  /** Asked once it is known whether the page has come back to anything. */
  afterAttach(arriving: Arriving, outcome: { readonly returned: boolean }): Promise<Bye | undefined>;
}

/** Whether the page says that it comes back: that costs no hello, if it turns out to be so. */
const claimsReturn = ({ resume, ticket }: Hello): boolean => resume !== undefined || ticket !== undefined;

const waitFor = (retryAfterMs: number): ErrorBody => errorBody("rate_limited", undefined, retryAfterMs);
const refusalOf = (verdict: LimitVerdict): ErrorBody | undefined =>
  verdict.ok ? undefined : waitFor(verdict.retryAfterMs);

export function limitHellos({
  limiter,
  meter,
}: {
  readonly limiter: Limiter;
  readonly meter: Pick<EventMeter, "pauseMs">;
}): HelloLimits {
  const devicePauseMs = ({ deviceGroup }: Identity) => meter.pauseMs({ device: deviceGroup });

  return {
    beforeToken: async (hello, networkKey) =>
      claimsReturn(hello) ? undefined : refusalOf(await limiter.take("hello", { network: networkKey })),

    async beforeAttach({ hello, identity }) {
      const { userId: person, deviceGroup: device } = identity;
      const personPauseMs = meter.pauseMs({ person });
      if (personPauseMs > 0) return waitFor(personPauseMs);
      // Another tab of the device may come back to its session: it has done nothing.
      if (claimsReturn(hello)) return refusalOf(await limiter.take("return", { person, device }));
      const pauseMs = devicePauseMs(identity);
      return pauseMs > 0 ? waitFor(pauseMs) : refusalOf(await limiter.take("hello", { person, device }));
    },

    async afterAttach({ hello, identity, networkKey }, { returned }) {
      if (returned || !claimsReturn(hello)) return undefined;
      const { userId: person, deviceGroup: device } = identity;
      const verdict = await limiter.take("hello", { person, device, network: networkKey });
      const waitMs = Math.max(devicePauseMs(identity), verdict.ok ? 0 : verdict.retryAfterMs);
      return waitMs > 0 ? byeOf("rate_limited", { delayMs: waitMs }) : undefined;
    },
  };
}
