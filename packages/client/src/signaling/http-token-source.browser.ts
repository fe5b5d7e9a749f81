import { MintReply, type MintRequest } from "@serendip/protocol";
import { within } from "@serendip/time";
import { IdentityFailure, type TokenSource } from "./token-source.port.ts";

/** Options of `httpTokenSource`. */
export interface HttpTokenSourceOptions {
  /** Where the signaling service is, for example `https://signal.example.org`; a path is kept. */
  readonly url: string;
  /** The browser profile's random id, as far as it is known when a token is asked for. */
  readonly deviceGroup: () => string | undefined;
  /** The service has to answer within this time, milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * Anonymous tokens of the signaling service (SPEC S1). Whether to try again is for the caller, who knows about the
 * person and the other attempts.
 */
export function httpTokenSource({
  url,
  deviceGroup,
  timeoutMs = 10_000,
}: HttpTokenSourceOptions): TokenSource {
  const endpoint = `${url.replace(/\/+$/, "")}/v1/sessions`;

  async function mint(current: string | undefined, signal: AbortSignal): Promise<Response> {
    const group = deviceGroup();
    const body: MintRequest = group === undefined ? {} : { deviceGroup: group };
    try {
      return await fetch(endpoint, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          ...(current === undefined ? {} : { Authorization: `Bearer ${current}` }),
        },
        body: JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        signal,
      });
    } catch (cause) {
      throw new IdentityFailure("unreachable", "The identity service cannot be reached.", { cause });
    }
  }

  return {
    fetch: (current, cancelled) =>
      within({ limitMs: timeoutMs, signal: cancelled }, async (signal) => {
        let response = await mint(current, signal);
        // The old token no longer counts, which must not keep the person out: a new identity does.
        if (response.status === 401 && current !== undefined) response = await mint(undefined, signal);
        if (!response.ok) throw refusal(response.status);
        return await readReply(response);
      }),
  };
}

async function readReply(response: Response): Promise<MintReply> {
  let body: unknown;
  try {
    body = await response.json();
  } catch (cause) {
    throw new IdentityFailure("unreachable", "The identity service broke off or sent no JSON.", { cause });
  }
  const reply = MintReply.safeParse(body);
  if (!reply.success)
    throw new IdentityFailure("unreachable", "The identity service sent an unreadable answer.", {
      cause: reply.error,
    });
  return reply.data;
}

/** Overload, time-outs and failures of the service pass; any other refusal stays. */
function refusal(status: number): IdentityFailure {
  const passing = status >= 500 || [408, 425, 429].includes(status);
  return new IdentityFailure(passing ? "unreachable" : "refused", `The identity service answered ${status}.`);
}
