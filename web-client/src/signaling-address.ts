export type AddressReading =
  | { readonly ok: true }
  /** `why` completes a sentence that begins with the setting's name. It repeats no password. */
  | { readonly ok: false; readonly why: string };

const EXAMPLE = "https://signal.example.org";
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** What the server answers by itself; an address that ends with one of them was copied from somewhere. */
const ENDPOINT = /\/(socket\.io|v1(\/sessions)?|healthz|readyz)\/?$/;

/**
 * Whether an operator's text says where the signaling service is: an http or https address, or, beginning with a slash, a
 * path of the page's own host.
 *
 * @param pageUrl where the page is, as far as that is known
 */
export function readSignalingAddress(text: string, pageUrl?: string): AddressReading {
  const why = /^https?:\/\//i.test(text) ? whyNoAddress(text, pageUrl) : whyNoPath(text, pageUrl);
  return why === undefined ? { ok: true } : { ok: false, why };
}

function whyNoAddress(text: string, pageUrl: string | undefined): string | undefined {
  if (/\s/.test(text) || !URL.canParse(text))
    return `is not an address ("${sayable(text)}"); write it like ${EXAMPLE}`;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    return "has a user name or a password in it, which no page may send; leave it out";
  if (ENDPOINT.test(url.pathname)) return whyEndpoint(text);
  const isBlocked = pageUrl?.startsWith("https:") && url.protocol === "http:" && !LOOPBACK.test(url.hostname);
  if (isBlocked)
    return `is "${text}", but this page came by https, and browsers let it ask nothing by http; give the signaling service https too`;
  return undefined;
}

function whyNoPath(text: string, pageUrl = EXAMPLE): string | undefined {
  if (/\s/.test(text)) return `is not an address ("${sayable(text)}"); write it like ${EXAMPLE}`;
  if (text.startsWith("/")) {
    if (ENDPOINT.test(text)) return whyEndpoint(text);
    const isReachable = /^https?:/.test(pageUrl) && URL.canParse(text, pageUrl);
    return isReachable
      ? undefined
      : `is "${text}", which leads nowhere from this page; write it like ${EXAMPLE}`;
  }
  const socket = /^wss?:\/\/(.+)$/i.exec(text);
  if (socket)
    return `is the address of a WebSocket; write ${text.startsWith("wss") ? "https" : "http"}:// instead`;
  if (/^[a-z][a-z0-9+.-]*:(?!\d+(\/|$))/i.test(text))
    return `is not an http or https address; write it like ${EXAMPLE}`;
  const [host = ""] = text.split(/[:/]/);
  const scheme = LOOPBACK.test(host) || text.startsWith("[::1]") ? "http" : "https";
  return `is "${sayable(text)}", without a scheme; write ${scheme}://${sayable(text)}, or begin with a / for a path of the page's own host`;
}

const whyEndpoint = (text: string) =>
  `is "${sayable(text)}", which ends with what the service itself has there; write it without "${ENDPOINT.exec(text)?.[0] ?? ""}"`;

/** Before an @ there may be a password. */
const sayable = (text: string) => (text.includes("@") ? `…@${text.split("@").at(-1)}` : text).slice(0, 100);
