import { type Bye, byeOf, type ErrorBody, errorBody, type Hello } from "@serendip/protocol";
import type { LimitVerdict } from "../../domain/limits/quota.ts";
import type { EventMeter, Limiter } from "../../ports/counting.ts";
import type { Identity } from "../../ports/identity.ts";

/** Who says hello. */
interface Arriving {
  readonly hello: Hello;
  readonly identity: Identity;
}

/** Bounds hellos (SPEC B4–B6). An error body or a bye where the page has to wait. */
export interface HelloLimits {
  /** Asked where the check of the token has ended in a refusal; answers with what the page is told. */
  afterRefusal(refusal: ErrorBody, networkKey: string | undefined): Promise<ErrorBody>;
  beforeAttach(arriving: Arriving): Promise<ErrorBody | undefined>;
  /** Asked once it is known whether the page has come back to anything. */
  afterAttach(arriving: Arriving, outcome: { readonly returned: boolean }): Promise<Bye | undefined>;
}

/** Whether the page says that it comes back: that costs no hello, if it turns out to be so. */
const claimsReturn = ({ resume, ticket }: Hello): boolean => resume !== undefined || ticket !== undefined;

/** Of no known person, who could pay. Anything else is told to somebody who has, or may have, a token of this service. */
const OF_NOBODY: ReadonlySet<ErrorBody["code"]> = new Set(["token_missing", "token_invalid"]);

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
    // Who has a good token never pays for the network: one stranger would shut out everybody of a school (SPEC B5).
    async afterRefusal(refusal, networkKey) {
      if (!OF_NOBODY.has(refusal.code)) return refusal;
      return refusalOf(await limiter.take("hello", { network: networkKey })) ?? refusal;
    },

    async beforeAttach({ hello, identity }) {
      const { userId: person, deviceGroup: device } = identity;
      const personPauseMs = meter.pauseMs({ person });
      if (personPauseMs > 0) return waitFor(personPauseMs);
      // Another tab of the device may come back to its session: it has done nothing.
      if (claimsReturn(hello)) return refusalOf(await limiter.take("return", { person, device }));
      const pauseMs = devicePauseMs(identity);
      return pauseMs > 0 ? waitFor(pauseMs) : refusalOf(await limiter.take("hello", { person, device }));
    },

    async afterAttach({ hello, identity }, { returned }) {
      if (returned || !claimsReturn(hello)) return undefined;
      const { userId: person, deviceGroup: device } = identity;
      const verdict = await limiter.take("hello", { person, device });
      const waitMs = Math.max(devicePauseMs(identity), verdict.ok ? 0 : verdict.retryAfterMs);
      return waitMs > 0 ? byeOf("rate_limited", { delayMs: waitMs }) : undefined;
    },
  };
}
