import type { AddressFault, TurnFault, TurnVerdict } from "../../ports/turn.ts";
import type { Try } from "./each-address.ts";
import { ServerFull, TurnFailure } from "./turn-failure.ts";

/** Faults by how much they tell about a server: first the one before which most has worked. */
const TELLING: readonly TurnFault[] = [
  "no-hairpin",
  "no-echo",
  "no-permission",
  "quota",
  "unauthorized",
  "refused",
  "tls",
  "no-tls",
  "unreachable",
  "no-route",
  "unresolved",
];

/**
 * The verdict from the checks of all addresses of a server: the result of the best one, and the faults of those that do
 * worse.
 */
export type Summary<Result> =
  | { readonly state: "up"; readonly result: Result; readonly faults: readonly AddressFault[] }
  | Exclude<TurnVerdict, { readonly state: "up" }>;

/** @param server the subject of the sentences, for example `TURN server turn:turn.example.org` */
export function summarize<Result>(server: string, tries: readonly Try<Result>[]): Summary<Result> {
  const failures = tries
    .flatMap((one) => (one.ok ? [] : [one]))
    .sort((a, b) => TELLING.indexOf(a.failure.code) - TELLING.indexOf(b.failure.code));
  const faultOf = ({ at, failure }: (typeof failures)[number]): AddressFault => ({
    ...at,
    why: failure.code,
    sentence: `The ${at.family} address ${at.address} of ${server} ${failure.message}.`,
  });
  const best = tries.find((one) => one.ok);
  if (best?.ok) return { state: "up", result: best.result, faults: failures.map(faultOf) };

  const most = failures[0]?.failure ?? new TurnFailure("unresolved", "has no address");
  const { code: why, message } = most;
  if (why === "no-hairpin" || most instanceof ServerFull) {
    const sentence = `${server} ${message}.`;
    const faults = failures.filter(({ failure }) => failure.code !== why).map(faultOf);
    return most instanceof ServerFull
      ? { state: "full", why, sentence, relayMs: most.relayMs, faults }
      : { state: "half-up", why, sentence, faults };
  }
  const isSame = failures.every(({ failure }) => failure.message === message);
  const each = failures.map(({ at, failure }) => `${at.address} ${failure.message}`).join("; ");
  const sentence = isSame ? `${server} ${message}.` : `${server} works at no address of its name: ${each}.`;
  return { state: "down", why, sentence };
}
