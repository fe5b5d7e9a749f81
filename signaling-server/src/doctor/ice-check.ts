import { parseIceUrl } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { ServerConfig } from "../config.ts";
import { TurnFailure } from "../edge/turn/turn-failure.ts";
import { askStun, createTurnProber } from "../edge/turn/turn-prober.ts";
import { ownTurnAccount, TURN_ANSWER_MS } from "../ice-setup.ts";
import type { TurnFault } from "../ports.ts";
import { type Finding, failed, note, ok } from "./finding.ts";

type IceConfig = Pick<ServerConfig, "stunUrls" | "turn">;
interface Clocks {
  readonly clock: Clock;
  readonly calendar: Clock;
}

const ADVICE: Readonly<Record<TurnFault, string>> = {
  unreachable:
    "Is the TURN server running? Check its address and port, and that a firewall lets this machine through.",
  tls: "Give the server a certificate for its name, with the whole chain, by an authority that browsers know. An authority of your own: NODE_EXTRA_CA_CERTS.",
  "no-tls":
    "Check the port: it must be the one for TLS (tls-listening-port of coturn, without no-tls), with TLS 1.2 or newer.",
  unauthorized: "",
  quota: "Raise user-quota and total-quota of the TURN server.",
  "no-permission":
    "The TURN server must let its own relay address be a peer (allowed-peer-ip of coturn, external-ip behind NAT).",
  "no-echo":
    "Open the TURN server's relay ports (min-port to max-port, UDP) in its firewall, and check its external-ip.",
  refused: "The TURN server's log says why.",
};

function adviceFor(why: TurnFault, { turn }: IceConfig): string {
  if (why !== "unauthorized") return ADVICE[why];
  return turn?.account.kind === "minted"
    ? "The secret differs from the TURN server's: TURN_SECRET here and static-auth-secret there must be the same. If they are, one of the two clocks is wrong."
    : "TURN_USERNAME and TURN_CREDENTIAL are not those that the provider gave, or have ended.";
}

async function checkStun(text: string, clock: Clock): Promise<Finding> {
  const reading = parseIceUrl(text);
  if (!reading.ok) return failed(`STUN server ${text} ${reading.why}.`, "Correct STUN_URLS.");
  try {
    const tookMs = await askStun(reading.url, { clock, withinMs: TURN_ANSWER_MS });
    return ok(`STUN server ${text} answers (${tookMs} ms).`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const secured = error instanceof TurnFailure && (error.code === "tls" || error.code === "no-tls");
    const way = reading.url.transport === "udp" ? "UDP" : "TCP";
    return failed(
      `STUN server ${text} ${why}.`,
      secured ? ADVICE[error.code] : `Check its address and port, and that ${way} may leave this machine.`,
    );
  }
}

async function checkTurn(url: string, config: IceConfig, { clock, calendar }: Clocks): Promise<Finding> {
  const account = ownTurnAccount(config, calendar);
  if (!account) return failed(`TURN server ${url} has no account.`, "Set TURN_SECRET.");
  const startedAt = clock.now();
  const verdict = await createTurnProber({ clock, withinMs: TURN_ANSWER_MS }).probe(url, account);
  if (!verdict.ok) return failed(verdict.sentence, adviceFor(verdict.why, config));
  const tookMs = clock.now() - startedAt;
  return ok(
    `TURN server ${url} allocates, permits and relays (${tookMs} ms; ${verdict.relayMs} ms through it).`,
  );
}

/** Each STUN and TURN server, one after the other. */
export async function* checkIce(config: IceConfig, clocks: Clocks): AsyncGenerator<Finding> {
  const { stunUrls, turn } = config;
  if (stunUrls.length === 0)
    yield note(
      "No STUN server is configured.",
      "Set STUN_URLS; without one people behind different routers may not connect.",
    );
  for (const url of stunUrls) yield checkStun(url, clocks.clock);
  if (!turn)
    yield note(
      "No TURN server is configured.",
      "Set TURN_URLS; without one some networks cannot connect, and nobody can hide an address.",
    );
  for (const url of turn?.urls ?? []) yield checkTurn(url, config, clocks);
}
