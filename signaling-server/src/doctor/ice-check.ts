import type { Clock } from "@serendip/time";
import type { ServerConfig } from "../config.ts";
import { createIceChecker, type IceChecker } from "../edge/turn/ice-checker.ts";
import { CHECK_MS, ownTurnAccount } from "../ice-setup.ts";
import type { AddressFault, NameResolver, TurnFault } from "../ports/turn.ts";
import { type Finding, failed, note, ok } from "./finding.ts";

type IceConfig = Pick<ServerConfig, "stunUrls" | "turn">;

export interface IceCheckParts {
  readonly clock: Clock;
  readonly calendar: Clock;
  readonly resolver: NameResolver;
}

const ADVICE: Readonly<Record<Exclude<TurnFault, "unauthorized" | "unreachable">, string>> = {
  unresolved:
    "Check the name, and that this machine's DNS server answers (/etc/resolv.conf): getent ahosts NAME.",
  "no-route": "This machine has no network of that kind. Give it one, or check from a machine that has.",
  tls: "Give the server a certificate for its name, with the whole chain, by an authority that browsers know. An authority of your own: NODE_EXTRA_CA_CERTS.",
  "no-tls":
    "Check the port: it must be the one for TLS (tls-listening-port of coturn, without no-tls), with TLS 1.2 or newer.",
  quota:
    "It works, but nobody new gets a relay. Raise its total-quota (coturn), within what its ports (min-port to max-port) and its line carry; with TURN_USERNAME also its user-quota, because everybody is one user there.",
  "no-permission": "Its denied-peer-ip (coturn) covers the public internet: deny less.",
  "no-hairpin":
    "It helps only where one of two people can do without it, and nobody can hide an address. Let the TURN server's own relay address be a peer: no denied-peer-ip of coturn over it, else an allowed-peer-ip for it; external-ip behind NAT.",
  "no-echo":
    "Open the TURN server's relay ports (min-port to max-port, UDP) in its firewall, and check its external-ip.",
  refused: "The server's log says why.",
};

/** A server without TLS on that port breaks off or says nothing, as one that is not there does. */
const tlsHint = (url: string): string =>
  /^(turns|stuns):/.test(url)
    ? ` ${url.slice(0, 6)} needs a port for TLS (tls-listening-port of coturn, 5349 as a rule).`
    : "";

function turnAdvice(why: TurnFault, url: string, { turn }: IceConfig): string {
  if (why === "unreachable")
    return `Is the TURN server running? Check its address and port, and that a firewall lets this machine through.${tlsHint(url)}`;
  if (why !== "unauthorized") return ADVICE[why];
  return turn?.account.kind === "minted"
    ? "The secret differs from the TURN server's: TURN_SECRET here and static-auth-secret there must be the same. If they are, one of the two clocks is wrong."
    : "TURN_USERNAME and TURN_CREDENTIAL are not those that the provider gave, or have ended.";
}

function stunAdvice(why: TurnFault, url: string): string {
  if (why !== "unreachable" && why !== "unauthorized") return ADVICE[why];
  return `Check its address and port, and that ${url.startsWith("stuns:") ? "TCP" : "UDP"} may leave this machine.${tlsHint(url)}`;
}

/** Not a failure, because another address of the name works; but a browser may begin with this one. */
function noteOf({ family, why, sentence }: AddressFault, adviceFor: (why: TurnFault) => string): Finding {
  if (why !== "unreachable") return note(sentence, adviceFor(why));
  const record = family === "IPv6" ? "AAAA" : "A";
  return note(
    sentence,
    `Let the server listen there too (listening-ip of coturn) and open its firewall for ${family}, or take the address out of DNS (the ${record} record): browsers that try it first lose time, and some the call.`,
  );
}

async function* checkStun(url: string, checker: IceChecker): AsyncGenerator<Finding> {
  const adviceFor = (why: TurnFault) => stunAdvice(why, url);
  const verdict = await checker.checkStun(url);
  if (verdict.state === "down") {
    yield failed(verdict.sentence, adviceFor(verdict.why));
    return;
  }
  yield ok(`STUN server ${url} answers (${verdict.tookMs} ms).`);
  for (const fault of verdict.faults) yield noteOf(fault, adviceFor);
}

async function* checkTurn(
  url: string,
  config: IceConfig,
  { checker, calendar, clock }: Omit<IceCheckParts, "resolver"> & { readonly checker: IceChecker },
): AsyncGenerator<Finding> {
  const account = ownTurnAccount(config, url, calendar);
  if (!account) {
    yield failed(`TURN server ${url} has no account.`, "Set TURN_SECRET.");
    return;
  }
  const adviceFor = (why: TurnFault) => turnAdvice(why, url, config);
  const startedAt = clock.now();
  const verdict = await checker.checkTurn(url, account);
  const tookMs = clock.now() - startedAt;
  if (verdict.state === "down" || verdict.state === "full") {
    yield failed(verdict.sentence, adviceFor(verdict.why));
    return;
  }
  if (verdict.state === "half-up") yield note(verdict.sentence, adviceFor(verdict.why));
  else
    yield ok(
      `TURN server ${url} allocates, permits and relays (${tookMs} ms; ${verdict.relayMs} ms through it).`,
    );
  for (const fault of verdict.faults) yield noteOf(fault, adviceFor);
}

/** Each STUN and TURN server, one after the other. */
export async function* checkIce(config: IceConfig, parts: IceCheckParts): AsyncGenerator<Finding> {
  const { stunUrls, turn } = config;
  const { clock, calendar, resolver } = parts;
  const checker = createIceChecker({ clock, withinMs: CHECK_MS, resolver });
  if (stunUrls.length === 0)
    yield note(
      "No STUN server is configured.",
      "Set STUN_URLS; without one people behind different routers may not connect.",
    );
  for (const url of stunUrls) yield* checkStun(url, checker);
  if (!turn)
    yield note(
      "No TURN server is configured.",
      "Set TURN_URLS; without one some networks cannot connect, and nobody can hide an address.",
    );
  for (const url of turn?.urls ?? []) yield* checkTurn(url, config, { checker, calendar, clock });
}
