import { WebConfig } from "@serendip/protocol";

/** What the page knows when it starts. */
export interface PageConfig {
  /** Absolute http(s) address of the signaling service, without a slash at its end. */
  readonly signalingUrl: string;
}

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

/** @param root from the page to the folder that the product's pages are in */
export function pageSources(root = "./"): ConfigSources {
  return {
    fetch: (url, init) => fetch(url, init),
    baseUrl: new URL(root, document.baseURI).href,
    builtIn: import.meta.env["VITE_SIGNALING_URL"] as string | undefined,
    warn: (message, details) => console.warn(message, details),
  };
}

/**
 * Finds the signaling service: `config.json` beside the page (set at deploy time), else the address given at build
 * time, else port 3001 of the page's own host. Never rejects: what cannot be used is warned about and passed over.
 */
export async function loadConfig(sources: ConfigSources): Promise<PageConfig> {
  const candidates = [
    { from: "config.json", value: (await readConfigFile(sources))?.signalingUrl },
    { from: "VITE_SIGNALING_URL", value: sources.builtIn },
  ];
  for (const { from, value } of candidates) {
    if (!value?.trim()) continue;
    const signalingUrl = normalized(value.trim(), sources.baseUrl);
    if (signalingUrl) return { signalingUrl };
    sources.warn(`${from}: "${value}" is not an http or https address; it is ignored.`);
  }
  return { signalingUrl: sameHost(sources.baseUrl) };
}

async function readConfigFile({ fetch, baseUrl, warn }: ConfigSources): Promise<WebConfig | undefined> {
  try {
    const response = await fetch(new URL("config.json", baseUrl).href, {
      cache: "no-store",
      signal: AbortSignal.timeout(CONFIG_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`the web server answered ${response.status}`);
    return WebConfig.parse(JSON.parse(await response.text()));
  } catch (error) {
    warn("config.json could not be used; the page goes on with its defaults.", error);
    return undefined;
  }
}

// "/" means: behind the same reverse proxy as the page. "signal.example.org" would silently mean a path of the page.
function normalized(value: string, baseUrl: string): string | undefined {
  if (!/^(https?:)?\//.test(value) || !URL.canParse(value, baseUrl)) return undefined;
  const url = new URL(value, baseUrl);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

function sameHost(baseUrl: string): string {
  const { protocol, hostname } = new URL(baseUrl);
  // A page opened from a file has no host; the service is then most likely on this machine.
  if (!hostname) return `http://localhost:${SIGNALING_PORT}`;
  return `${protocol === "https:" ? "https:" : "http:"}//${hostname}:${SIGNALING_PORT}`;
}
