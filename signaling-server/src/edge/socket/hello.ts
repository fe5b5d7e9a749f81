import {
  agreeOnProtocol,
  type ErrorBody,
  errorBody,
  Hello,
  HelloVersion,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
} from "@serendip/protocol";

export type HelloReading =
  | { readonly ok: true; readonly hello: Hello }
  | { readonly ok: false; readonly error: ErrorBody };

/** Pause before a page asks again whether the server has been updated. */
const OUTDATED_RETRY_MS = 30_000;

/** Reads a hello, its version first: nothing else of another version's hello is looked at (SPEC V1). */
export function readHello(auth: unknown): HelloReading {
  const version = HelloVersion.safeParse(auth);
  if (!version.success)
    return { ok: false, error: errorBody("bad_request", "The hello names no protocol version.") };
  const { protocol, newestProtocol = protocol } = version.data;
  const verdict = agreeOnProtocol({ oldest: protocol, newest: newestProtocol });
  if (!verdict.ok) {
    const speaks = `the server, which speaks versions ${MIN_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}`;
    return verdict.older === "page"
      ? { ok: false, error: errorBody("version_unsupported", `The page is older than ${speaks}.`) }
      : {
          ok: false,
          error: errorBody(
            "server_outdated",
            `The page is newer than ${speaks} and has to be updated.`,
            OUTDATED_RETRY_MS,
          ),
        };
  }
  const hello = Hello.safeParse(auth);
  if (hello.success) return { ok: true, hello: hello.data };
  const field = hello.error.issues[0]?.path.join(".") ?? "";
  return { ok: false, error: errorBody("bad_request", `The hello's field "${field}" does not fit.`) };
}
