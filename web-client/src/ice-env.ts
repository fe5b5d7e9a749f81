import type { IceServer } from "@serendip/protocol";

/** The environment of the build. */
export type BuildEnv = Readonly<Record<string, unknown>>;

/** A TURN service whose addresses are known, so that an account is all there is to set. */
interface Provider {
  readonly username: string;
  readonly credential: string;
  readonly urls: (read: (name: string) => string) => readonly string[];
}

const PROVIDERS: Readonly<Record<"openRelay" | "numb" | "twilio" | "xirsys", Provider>> = {
  openRelay: {
    username: "VITE_OPENRELAY_TURN_USERNAME",
    credential: "VITE_OPENRELAY_TURN_CREDENTIAL",
    urls: () => [
      "turn:openrelay.metered.ca:80",
      "turn:openrelay.metered.ca:443?transport=tcp",
      "turns:openrelay.metered.ca:443?transport=tcp",
    ],
  },
  numb: {
    username: "VITE_NUMB_USERNAME",
    credential: "VITE_NUMB_PASSWORD",
    urls: () => ["turn:numb.viagenie.ca:3478"],
  },
  twilio: {
    username: "VITE_TWILIO_TURN_USERNAME",
    credential: "VITE_TWILIO_TURN_CREDENTIAL",
    urls: () => [
      "turn:global.turn.twilio.com:3478?transport=udp",
      "turn:global.turn.twilio.com:3478?transport=tcp",
      "turn:global.turn.twilio.com:443?transport=tcp",
    ],
  },
  xirsys: {
    username: "VITE_XIRSYS_USERNAME",
    credential: "VITE_XIRSYS_CREDENTIAL",
    urls: (read) => {
      const host = read("VITE_XIRSYS_HOST");
      return [
        `turn:${host}:3478?transport=udp`,
        `turn:${host}:80?transport=tcp`,
        `turns:${host}:443?transport=tcp`,
      ];
    },
  },
};

/**
 * The ICE servers that were set when the page was built. Half an account is listed too: whoever uses the list says what is
 * missing and leaves it out (SPEC K15).
 */
export function builtInIceServers(env: BuildEnv): readonly IceServer[] {
  const read = (name: string): string => String(env[name] ?? "").trim();
  const list = (name: string): string[] =>
    read(name)
      .split(",")
      .map((url) => url.trim())
      .filter((url) => url !== "");
  const withAccount = (urls: readonly string[], username: string, credential: string): IceServer => ({
    urls: [...urls],
    ...(username && { username }),
    ...(credential && { credential }),
  });

  const servers: IceServer[] = [];
  const stun = list("VITE_STUN_URLS");
  if (stun.length > 0) servers.push({ urls: stun });
  const turn = list("VITE_TURN_URLS");
  const [username, credential] = [read("VITE_TURN_USERNAME"), read("VITE_TURN_CREDENTIAL")];
  if (turn.length > 0 || username || credential) servers.push(withAccount(turn, username, credential));
  for (const provider of Object.values(PROVIDERS)) {
    const account = [read(provider.username), read(provider.credential)] as const;
    if (account.some((part) => part !== "")) servers.push(withAccount(provider.urls(read), ...account));
  }
  return servers;
}
