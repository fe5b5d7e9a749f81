import { networkInterfaces } from "node:os";
import { freePort, requireFree } from "./ports.mjs";

/**
 * @typedef {object} Place
 * @property {string} name
 * @property {string} variable the environment variable that chooses the port
 * @property {number} port
 * @property {string} host
 * @property {"http" | "https"} scheme
 */

/** @param {string} host */
const isLoopback = (host) => host === "localhost" || host === "::1" || host.startsWith("127.");
/** @param {string} host */
const isAny = (host) => host === "0.0.0.0" || host === "::";
/** @param {string} host */
const inUrl = (host) => (host.includes(":") ? `[${host}]` : host);

/** This machine's addresses in its networks. */
const outside = () =>
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((entry) => entry.family === "IPv4" && !entry.internal)
    .map((entry) => entry.address);

/**
 * Where a part will listen. A port that is not a number is left for the part's own check, which reports all faults.
 *
 * @param {Omit<Place, "port" | "host" | "scheme"> & { text: string | undefined, usual: number, host: string | undefined, tls?: string | undefined }} options `tls`: set where the part speaks TLS
 * @returns {Promise<Place>}
 */
export async function choosePlace({ name, variable, text, usual, host, tls }) {
  const wanted = text?.trim() ? Number(text) : usual;
  const port = wanted === 0 ? await freePort() : wanted;
  const scheme = tls?.trim() ? "https" : "http";
  return { name, variable, port, host: host?.trim() || "127.0.0.1", scheme };
}

/**
 * @param {readonly Place[]} places
 * @throws {import("./say.mjs").Fault}
 */
export async function requireFreePorts(places) {
  for (const place of places)
    if (Number.isInteger(place.port) && place.port > 0 && place.port < 65_536) await requireFree(place);
}

/** An address of the place that works on this machine. @param {Place} place */
export function localUrl({ port, host, scheme }) {
  const name = isLoopback(host) || isAny(host) ? "localhost" : inUrl(host);
  return `${scheme}://${name}:${port}`;
}

/** An address that this command itself can ask. @param {Place} place */
export function askUrl({ port, host, scheme }) {
  return `${scheme}://${isAny(host) || host === "localhost" ? "127.0.0.1" : inUrl(host)}:${port}`;
}

/**
 * What a page that is served there says it comes from. A host that is none is left to the web client's own check.
 *
 * @param {string} name
 * @param {number} port
 */
function originOf(name, port) {
  const url = `http://${name}:${port}`;
  return URL.canParse(url) ? new URL(url).origin : url;
}

/**
 * How the web client and the signaling server find each other, as environment variables. What the person has set wins.
 *
 * @param {{ signaling: Place, web: Place }} places
 * @returns {NodeJS.ProcessEnv}
 */
export function introduction({ signaling, web }) {
  const names = ["localhost", "127.0.0.1", "[::1]"];
  if (isAny(web.host)) names.push(...outside());
  else if (!isLoopback(web.host)) names.push(inUrl(web.host));
  const seenFrom = isAny(signaling.host) ? outside()[0] : undefined;
  const derived = seenFrom ? `${signaling.scheme}://${seenFrom}:${signaling.port}` : localUrl(signaling);
  return {
    PORT: String(signaling.port),
    HOST: signaling.host,
    WEB_PORT: String(web.port),
    WEB_HOST: web.host,
    // A HOST that is none is told by the signaling server, and not once more as a SIGNALING_URL that nobody has set.
    SIGNALING_URL: process.env["SIGNALING_URL"] || (URL.canParse(derived) ? derived : ""),
    ALLOWED_ORIGINS:
      process.env["ALLOWED_ORIGINS"] || names.map((name) => originOf(name, web.port)).join(","),
  };
}
