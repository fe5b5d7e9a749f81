import { type ConfigFault, faultOf } from "./fault.ts";
import { path, type Setting } from "./readers.ts";

const FILE = "as an absolute path, or as one that begins in the folder of .env; read anew when it changes";

const setting = (description: string): Setting<string> => ({ description, default: undefined, schema: path });

/** With which certificate the server itself speaks HTTPS and WSS. */
export const TLS_SETTINGS = {
  TLS_CERT_FILE: setting(
    `File with the server's certificate in PEM, and after it those that lead to its authority (fullchain.pem), ${FILE}. With TLS_KEY_FILE the server speaks https and wss on its PORT; unset, plain http, for a proxy in front.`,
  ),
  TLS_KEY_FILE: setting(
    `File with the key of TLS_CERT_FILE in PEM, without a passphrase (privkey.pem), ${FILE}.`,
  ),
} as const;

interface Values {
  readonly TLS_CERT_FILE?: string | undefined;
  readonly TLS_KEY_FILE?: string | undefined;
}

/** Both or none: with one of them alone somebody meant TLS and would get plain HTTP. */
export function* tlsFaults(values: Values, unread: (name: keyof Values) => boolean): Generator<ConfigFault> {
  const pairs = [
    ["TLS_CERT_FILE", "TLS_KEY_FILE"],
    ["TLS_KEY_FILE", "TLS_CERT_FILE"],
  ] as const;
  for (const [set, other] of pairs)
    if (values[set] !== undefined && values[other] === undefined && !unread(other))
      yield faultOf(other, `is missing; ${set} is set, and TLS needs both.`);
}
