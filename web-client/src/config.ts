import type { WebConfig } from "@serendip/protocol";
import { within } from "@serendip/time";
import { readPlainConfig } from "./plain-config.ts";
import { readSignalingAddress } from "./signaling-address.ts";

/** What the page knows when it starts. */
export interface PageConfig {
  /** Absolute http(s) address of the signaling service, without a slash at its end. */
  readonly signalingUrl: string;
}

/** Why the page cannot know where its signaling service is. */
export interface ConfigProblem {
  /** `wrong`: whoever runs the page has to mend something; `not-loaded`: the settings did not come, another try may help. */
  readonly kind: "wrong" | "not-loaded";
  /** One sentence for each thing, for whoever runs the page. */
  readonly faults: readonly string[];
}

export type PageConfigReading =
  | { readonly ok: true; readonly config: PageConfig }
  | { readonly ok: false; readonly problem: ConfigProblem };

/** Where the page's configuration comes from; `pageSources` are the real ones. */
export interface ConfigSources {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The page's base address: `config.json` lies beside it. */
  readonly baseUrl: string;
  /** `VITE_SIGNALING_URL` at build time. */
  readonly builtIn: string | undefined;
  readonly warn: (message: string, details?: unknown) => void;
}

const SIGNALING_PORT = 3001;
const CONFIG_TIMEOUT_MS = 3_000;
/** Web servers say so where there is no such file. */
const ABSENT: readonly number[] = [404, 410];

/** @param root from the page to the folder that the product's pages are in */
export function pageSources(root = "./"): ConfigSources {
  return {
    fetch: (url, init) => fetch(url, init),
    baseUrl: new URL(root, document.baseURI).href,
    builtIn: import.meta.env["VITE_SIGNALING_URL"] as string | undefined,
    warn: (message, details) => console.warn(message, details ?? ""),
  };
}

type FileReading =
  | { readonly kind: "read"; readonly config: WebConfig }
  | { readonly kind: "absent" }
  | ConfigProblem;

/**
 * Finds the signaling service: `config.json` beside the page (set at deploy time), else the address given at build
 * time, else port 3001 of the page's own host. Never rejects. What an operator wrote and cannot be used is a problem, and
 * never passed over; a file that is not there, or does not come while there is a built-in address, is warned about only.
 */
export async function loadConfig(sources: ConfigSources): Promise<PageConfigReading> {
  const { baseUrl, warn } = sources;
  const builtIn = sources.builtIn?.trim() || undefined;
  const file = await fetchConfig(sources);
  const isUnknown = file.kind === "wrong" || (file.kind === "not-loaded" && !builtIn && hasHost(baseUrl));
  if (isUnknown) return refused(file, warn);
  if (file.kind === "absent") warn("There is no config.json beside the page; it goes on with its defaults.");
  else if (file.kind === "not-loaded")
    for (const fault of file.faults) warn(`${fault} The page goes on without.`);

  const set = file.kind === "read" ? file.config.signalingUrl?.trim() : undefined;
  if (set) return { ok: true, config: { signalingUrl: absolute(set, baseUrl) } };
  if (builtIn === undefined) return { ok: true, config: { signalingUrl: sameHost(baseUrl) } };
  const reading = readSignalingAddress(builtIn, baseUrl);
  if (reading.ok) return { ok: true, config: { signalingUrl: absolute(builtIn, baseUrl) } };
  const fault = `VITE_SIGNALING_URL, which the page was built with, ${reading.why}.`;
  return refused({ kind: "wrong", faults: [fault] }, warn);
}

function refused(problem: ConfigProblem, warn: ConfigSources["warn"]): PageConfigReading {
  for (const fault of problem.faults) warn(fault);
  return { ok: false, problem };
}

async function fetchConfig({ fetch, baseUrl }: ConfigSources): Promise<FileReading> {
  const notLoaded = (why: string): ConfigProblem => ({
    kind: "not-loaded",
    faults: [`config.json could not be loaded (${why}).`],
  });
  try {
    return await within<FileReading>({ limitMs: CONFIG_TIMEOUT_MS }, async (signal) => {
      const url = new URL("config.json", baseUrl).href;
      const response = await fetch(url, { cache: "no-store", signal });
      if (ABSENT.includes(response.status)) return { kind: "absent" };
      if (!response.ok) return notLoaded(`the web server answered ${response.status}`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      const plain = readPlainConfig(bytes, baseUrl);
      if (plain) return { kind: "read", config: plain };
      const { readConfigFile } = await import("./config-file.ts");
      const reading = readConfigFile(bytes, baseUrl);
      return reading.ok
        ? { kind: "read", config: reading.config }
        : { kind: "wrong", faults: reading.faults };
    });
  } catch (error) {
    return notLoaded(error instanceof Error ? error.message : String(error));
  }
}

// "/" means: behind the same reverse proxy as the page.
function absolute(address: string, baseUrl: string): string {
  const url = new URL(address, baseUrl);
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

/** A page that was opened from a file has none, and nothing beside it that it may load. */
const hasHost = (baseUrl: string) => new URL(baseUrl).hostname !== "";

function sameHost(baseUrl: string): string {
  const { protocol, hostname } = new URL(baseUrl);
  // The service is then most likely on this machine.
  if (!hasHost(baseUrl)) return `http://localhost:${SIGNALING_PORT}`;
  return `${protocol === "https:" ? "https:" : "http:"}//${hostname}:${SIGNALING_PORT}`;
}
