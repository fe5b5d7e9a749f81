import { readSignalingAddress } from "./src/signaling-address.ts";

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
      "Build time: where the signaling service is, for pages whose config.json does not say. Unset: port 3001 of the page's own host.",
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
      "Build time: TURN servers of the page, comma-separated, for a signaling server that gives none. Better give them to the signaling server (TURN_URLS, TURN_SECRET): its accounts end by themselves, while whoever reads these can use them as long as they last. Needs VITE_TURN_USERNAME and VITE_TURN_CREDENTIAL.",
    default: undefined,
  },
  {
    name: "VITE_TURN_USERNAME",
    description: "Build time: username for VITE_TURN_URLS. Everybody can read it.",
    default: undefined,
  },
  {
    name: "VITE_TURN_CREDENTIAL",
    description: "Build time: password that belongs to VITE_TURN_USERNAME. Everybody can read it.",
    default: undefined,
  },
  {
    name: "VITE_OPENRELAY_TURN_USERNAME",
    description:
      "Build time: username of an account of Open Relay (metered.ca), a free TURN service for trials, whose addresses the page knows. Everybody can read it.",
    default: undefined,
  },
  {
    name: "VITE_OPENRELAY_TURN_CREDENTIAL",
    description: "Build time: password that belongs to VITE_OPENRELAY_TURN_USERNAME. Everybody can read it.",
    default: undefined,
  },
  {
    name: "VITE_NUMB_USERNAME",
    description:
      "Build time: username of an account of Numb (numb.viagenie.ca), a TURN service that may have ended; for those who still have one. Everybody can read it.",
    default: undefined,
  },
  {
    name: "VITE_NUMB_PASSWORD",
    description: "Build time: password that belongs to VITE_NUMB_USERNAME. Everybody can read it.",
    default: undefined,
  },
  {
    name: "VITE_TWILIO_TURN_USERNAME",
    description:
      "Build time: username of an account of Twilio Network Traversal. Twilio's API hands out accounts that live for hours, so one that is built in is for trials only. Everybody can read it.",
    default: undefined,
  },
  {
    name: "VITE_TWILIO_TURN_CREDENTIAL",
    description: "Build time: password that belongs to VITE_TWILIO_TURN_USERNAME. Everybody can read it.",
    default: undefined,
  },
  {
    name: "VITE_XIRSYS_USERNAME",
    description:
      "Build time: username of an account of Xirsys, whose API hands out accounts that live for a short time, so one that is built in is for trials only. Needs VITE_XIRSYS_CREDENTIAL and VITE_XIRSYS_HOST. Everybody can read it.",
    default: undefined,
  },
  {
    name: "VITE_XIRSYS_CREDENTIAL",
    description: "Build time: password that belongs to VITE_XIRSYS_USERNAME. Everybody can read it.",
    default: undefined,
  },
  {
    name: "VITE_XIRSYS_HOST",
    description: "Build time: host of the Xirsys account, as the API of Xirsys names it.",
    default: undefined,
  },
  {
    name: "SIGNALING_URL",
    description:
      "Run time: where the signaling service is, as the dev and preview servers answer it in config.json. On another web server, edit config.json instead.",
    default: undefined,
  },
  {
    name: "WEB_PORT",
    description: "TCP port of the web client's dev and preview servers.",
    default: "5173",
  },
  {
    name: "WEB_HOST",
    description:
      "Address of this machine that the web client's dev and preview servers listen on; 0.0.0.0 lets other machines in.",
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
    const reading = value === undefined ? undefined : readSignalingAddress(value);
    if (reading?.ok === false) faults.push(`${name} ${reading.why}`);
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
