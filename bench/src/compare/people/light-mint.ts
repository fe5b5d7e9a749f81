import { connect } from "node:net";
import { MintRefusal, MintReply } from "@serendip/protocol";
import { ORIGIN } from "../../page/mint.ts";
import { HOST } from "../wire/web-socket.ts";

/** The answer to a request for a token. */
export type Minted =
  | { readonly ok: true; readonly reply: MintReply }
  | { readonly ok: false; readonly status: number; readonly refusal: MintRefusal | undefined };

export interface MintOrder {
  readonly port: number;
  /** The address that a proxy would say the person comes from. */
  readonly from: string;
  readonly deviceGroup: string;
  /** The token at hand, whose person is to stay the same. */
  readonly current: string | undefined;
}

const HEAD_END = "\r\n\r\n";

/**
 * `POST /v1/sessions` over a connection of its own, as each page opens one.
 *
 * @throws the error of the connection
 */
export function mintLightly({ port, from, deviceGroup, current }: MintOrder): Promise<Minted> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ deviceGroup });
    const socket = connect({ host: HOST, port, noDelay: true });
    let answer = "";
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.on("error", reject);
    socket.on("close", () => {
      try {
        resolve(read(answer));
      } catch (error) {
        reject(error);
      }
    });
    socket.write(
      [
        "POST /v1/sessions HTTP/1.1",
        `Host: ${HOST}:${port}`,
        `Origin: ${ORIGIN}`,
        `X-Forwarded-For: ${from}`,
        "Content-Type: application/json",
        `Content-Length: ${body.length}`,
        ...(current === undefined ? [] : [`Authorization: Bearer ${current}`]),
        "Connection: close",
        "",
        body,
      ].join("\r\n"),
    );
  });
}

function read(answer: string): Minted {
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
  const headEnd = answer.indexOf(HEAD_END);
  if (status === undefined || headEnd < 0) throw new Error("The connection ended before an answer.");
  const body: unknown = JSON.parse(answer.slice(headEnd + HEAD_END.length));
  if (status === "200") return { ok: true, reply: MintReply.parse(body) };
  return { ok: false, status: Number(status), refusal: MintRefusal.safeParse(body).data };
}
