// Whether the signaling server beside this answers: 0 or 1, for the HEALTHCHECK of an image that has no shell and no curl.
import { get } from "node:http";
import { get as getOverTls } from "node:https";

const { PORT = "3001", TLS_CERT_FILE } = process.env;
const options = { host: "127.0.0.1", port: PORT, path: "/healthz", signal: AbortSignal.timeout(4_000) };
// Its certificate holds for its name, and not for this address.
const sent = TLS_CERT_FILE ? getOverTls({ ...options, rejectUnauthorized: false }) : get(options);
sent.once("error", () => process.exit(1));
sent.once("response", ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1));
