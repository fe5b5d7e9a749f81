import { connectSources } from "./src/connect-sources.ts";

const NOTHING = "'none'";
const OWN = "'self'";

/** What a page may load and do; `frame-ancestors` counts in a header only. */
const POLICY = {
  "default-src": NOTHING,
  "script-src": OWN,
  "style-src": OWN,
  "img-src": OWN,
  "base-uri": NOTHING,
  "form-action": NOTHING,
  "require-trusted-types-for": "'script'",
  "trusted-types": NOTHING,
} as const;

/** Where the signaling service may be as long as nobody has said it. */
const ANYWHERE = ["http:", "https:", "ws:", "wss:"];

const written = (policy: Readonly<Record<string, string>>) =>
  Object.entries(policy)
    .map((directive) => directive.join(" "))
    .join("; ");

/**
 * The Content-Security-Policy that is built into each page. It lets the page connect anywhere until that has read `config.json` and
 * narrows it (`narrowConnections`).
 */
export const BUILT_IN_POLICY = written({ ...POLICY, "connect-src": ANYWHERE.join(" ") });

/**
 * The headers with which a web server keeps the pages safe. The examples in `deploy/` say the same.
 *
 * @param signalingUrl absolute address of the signaling service; undefined where the web server does not know it
 */
export function pageHeaders(signalingUrl: string | undefined): Readonly<Record<string, string>> {
  const connect = signalingUrl === undefined ? ANYWHERE : connectSources(signalingUrl);
  return {
    "Content-Security-Policy": written({
      ...POLICY,
      "connect-src": connect.join(" "),
      "frame-ancestors": NOTHING,
    }),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  };
}
