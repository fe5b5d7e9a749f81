/** One environment variable that the web client reads. */
export interface WebSetting {
  readonly name: string;
  readonly description: string;
  readonly default: string | undefined;
}

/** Every environment variable of the web client: the source of `.env.example` and of the checks at start-up. */
export const WEB_SETTINGS = [
  {
    name: "VITE_SIGNALING_URL",
    description:
      "Build time: where the signaling service is, for pages whose config.json does not say. Default: port 3001 of the page's own host.",
    default: undefined,
  },
  {
    name: "VITE_STUN_URLS",
    description:
      "Build time: STUN servers of the page, comma-separated, for a signaling server that names none. What is in VITE_ variables becomes part of the page: everybody can read it.",
    default: undefined,
  },
  {
    name: "VITE_TURN_URLS",
    description:
      "Build time: TURN servers of the page, comma-separated, for a signaling server that gives none. Better give them to the signaling server (TURN_URLS, TURN_SECRET): its accounts end by themselves, while whoever reads these can use them as long as they last. Needs the two that follow.",
    default: undefined,
  },
  {
    name: "VITE_TURN_USERNAME",
    description: "Username of VITE_TURN_URLS; public.",
    default: undefined,
  },
  { name: "VITE_TURN_CREDENTIAL", description: "Its password; public.", default: undefined },
  {
    name: "VITE_OPENRELAY_TURN_USERNAME",
    description:
      "In place of VITE_TURN_URLS, an account of a known service; only what is set is used. Open Relay (metered.ca), a free one for trials.",
    default: undefined,
  },
  { name: "VITE_OPENRELAY_TURN_CREDENTIAL", description: "Its password; public.", default: undefined },
  {
    name: "VITE_NUMB_USERNAME",
    description:
      "Numb (numb.viagenie.ca), which may have ended its service; for those who still have an account.",
    default: undefined,
  },
  { name: "VITE_NUMB_PASSWORD", description: "Its password; public.", default: undefined },
  {
    name: "VITE_TWILIO_TURN_USERNAME",
    description:
      "Twilio Network Traversal. Its API hands out accounts that live for hours, so what is set here is for trials only.",
    default: undefined,
  },
  { name: "VITE_TWILIO_TURN_CREDENTIAL", description: "Its password; public.", default: undefined },
  {
    name: "VITE_XIRSYS_USERNAME",
    description: "Xirsys. Its API hands out short-lived accounts too: for trials only.",
    default: undefined,
  },
  { name: "VITE_XIRSYS_CREDENTIAL", description: "Its password; public.", default: undefined },
  {
    name: "VITE_XIRSYS_HOST",
    description: "The host of your Xirsys account, as its API names it.",
    default: undefined,
  },
  {
    name: "SIGNALING_URL",
    description:
      "Run time: what the dev and preview servers answer as config.json. On another web server, edit config.json instead.",
    default: undefined,
  },
  { name: "WEB_PORT", description: "Port of the web client's dev and preview servers.", default: "5173" },
  {
    name: "WEB_HOST",
    description: "Address that these servers listen on; 0.0.0.0 lets other machines in.",
    default: "127.0.0.1",
  },
] as const satisfies readonly WebSetting[];

type Name = (typeof WEB_SETTINGS)[number]["name"];

export interface WebServerSettings {
  readonly port: number;
  readonly host: string;
  readonly signalingUrl: string | undefined;
}

export type WebSettingsResult =
  | { readonly ok: true; readonly settings: WebServerSettings }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Checks the environment and reports every fault at once. An empty variable counts as not set. */
export function readWebSettings(env: Readonly<Record<string, string | undefined>>): WebSettingsResult {
  const faults: string[] = [];
  const read = (name: Name): string | undefined =>
    env[name]?.trim() || WEB_SETTINGS.find((setting) => setting.name === name)?.default;
  const url = (name: Name): string | undefined => {
    const value = read(name);
    if (value !== undefined && !isSignalingUrl(value)) {
      faults.push(
        `${name} must be an http or https address such as https://signal.example.org, or a path of the page's own host, not "${value}"`,
      );
    }
    return value;
  };

  url("VITE_SIGNALING_URL");
  const signalingUrl = url("SIGNALING_URL");
  const portText = read("WEB_PORT") ?? "";
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN;
  if (!(port >= 0 && port <= 65_535))
    faults.push(`WEB_PORT must be a port from 0 to 65535, not "${portText}"`);
  const host = read("WEB_HOST") ?? "";
  if (/[\s/]/.test(host)) faults.push(`WEB_HOST must be a host name or an address, not "${host}"`);

  return faults.length > 0 ? { ok: false, faults } : { ok: true, settings: { port, host, signalingUrl } };
}

function isSignalingUrl(value: string): boolean {
  return /^(https?:\/)?\//.test(value) && URL.canParse(value, "http://localhost");
}
