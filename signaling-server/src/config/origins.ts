import { likelyName } from "@serendip/settings-file/likely";

const EXAMPLE = "https://chat.example.org";
const LONGEST_SAID_CHARS = 100;

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
/** Scheme, host and port of a page that an app brings along, like `capacitor://localhost` or Electron's `app://.`. */
const APP_ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@\\:]+(:\d+)?$/;

/** A character that stands in no host, neither as browsers send it nor as people write it; `[`, `]` and `:` are of IPv6. */
const IN_NO_HOST = /[^\p{L}\p{N}\p{M}._~%:[\]-]/u;

/** Schemes that no page has that could be let in. */
const NO_ORIGIN: Readonly<Record<string, string>> = {
  file: "is sent by no browser; a page that is opened as a file says null, which cannot be let in",
  ws: `is where a WebSocket leads; write where the page comes from, like ${EXAMPLE}`,
  wss: `is where a WebSocket leads; write where the page comes from, like ${EXAMPLE}`,
};

/** An item of the list as a message may repeat it: without what stands before an @, which could be a password. */
export function sayableOrigin(item: string): string {
  const said = item.includes("@") ? `…@${item.split("@").at(-1)}` : item;
  return said.slice(0, LONGEST_SAID_CHARS);
}

/**
 * Why an item is never the `Origin` of a page that may be let in (RFC 6454 section 6.1); undefined when it can be. Origins
 * are compared letter by letter, so the sentence names the very text to write where there is one.
 */
export function whyNoOrigin(item: string): string | undefined {
  if (item === "*") return "must list each origin; * would let any web page use this server";
  if (item === "null")
    return "must not list null; every sandboxed frame and every page that is opened as a file sends it, whoever wrote the page";
  const why = whyNeverSent(item);
  return (
    why && `must be origins as browsers send them, like ${EXAMPLE}, with commas between them; this ${why}`
  );
}

function whyNeverSent(item: string): string | undefined {
  if (/\s/.test(item)) return "has a blank in it; put commas between origins";
  if (/:\/\/.*:\/\//.test(item)) return "has more than one scheme in it; put commas between origins";
  if (item.includes("*")) return "has a * in it, which no browser sends; list each origin by itself";
  if (/^["'`]|["'`]$/.test(item)) return "has a quote at its end; take the quotes away";
  const scheme = SCHEME.exec(item)?.[1]?.toLowerCase();
  if (scheme === undefined) return "begins with no scheme, like https://";
  const [stray] = IN_NO_HOST.exec(authorityOf(item)) ?? [];
  if (stray !== undefined) return `has a ${stray} in it, which is in no host; put commas between origins`;
  if (scheme === "http" || scheme === "https") return whyNoWebOrigin(item);
  const meant = likelyName(scheme, ["https", "http"]);
  if (meant !== undefined) return `begins with ${scheme}://; did you mean ${meant}://?`;
  return NO_ORIGIN[scheme] ?? whyNoAppOrigin(item, scheme);
}

/** Host and port, without what stands before an @. */
function authorityOf(item: string): string {
  const [authority = ""] = item.replace(SCHEME, "").split(/[/?#\\]/);
  return authority.split("@").at(-1) ?? "";
}

function whyNoWebOrigin(item: string): string | undefined {
  if (!URL.canParse(item)) return "is not an address";
  const url = new URL(item);
  url.hostname = url.hostname.replace(/\.+$/, "");
  return url.origin === item ? undefined : `is never sent like that; write ${url.origin}`;
}

/** Each app's shell spells its host in its own way, so upper-case letters in it are left alone. */
function whyNoAppOrigin(item: string, scheme: string): string | undefined {
  if (APP_ORIGIN.test(item)) return undefined;
  const origin = `${scheme}://${authorityOf(item)}`;
  return APP_ORIGIN.test(origin) ? `is never sent like that; write ${origin}` : "names no host";
}
