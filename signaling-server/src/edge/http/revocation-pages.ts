import {
  type ErrorBody,
  errorBody,
  REVOCATION_MS,
  RevocationEnd,
  RevocationRequest,
} from "@serendip/protocol";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { RevocationKey, Revocations } from "../../ports/identity.ts";
import type { Log } from "../../ports.ts";
import type { Lobby } from "../../service/lobby.ts";

export interface RevocationParts {
  readonly revocations: Revocations;
  readonly lobby: Pick<Lobby, "whoseIs">;
  readonly log: Log;
}

const PATH = "/admin/revocations";
const BUSY_MS = 1_000;

/** Adds the pages by which an operator shuts people out, and lets them in again (SPEC S16). */
export function addRevocationPages(scope: FastifyInstance, parts: RevocationParts): void {
  const { revocations, lobby, log } = parts;

  const refuse = (reply: FastifyReply, status: number, error: ErrorBody): ErrorBody => {
    reply.code(status);
    return error;
  };

  scope.get(PATH, async () => ({ revocations: await revocations.list() }));

  scope.post(PATH, async (request, reply) => {
    const body = RevocationRequest.safeParse(request.body);
    if (!body.success)
      return refuse(
        reply,
        400,
        errorBody(
          "bad_request",
          "Name one of userId, deviceGroup (UUIDs) and sessionId, and forMs (1000 to 31622400000) if it is not 30 days.",
        ),
      );
    const keys = await keysOf(body.data, lobby);
    if (keys.length === 0)
      return refuse(reply, 404, errorBody("bad_request", "There is no session with that id."));
    const { forMs = REVOCATION_MS } = body.data;
    for (const key of keys) {
      if (!(await revocations.add(key, forMs)))
        return refuse(reply, 503, errorBody("unavailable", "Too many are shut out already.", BUSY_MS));
      const session = "sessionId" in body.data ? { sessionId: body.data.sessionId } : {};
      log.warn("Somebody was shut out by the operator", { ...sayable(key), ...session, forMs });
    }
    return { revocations: keys.map((key) => ({ ...key, endsInMs: forMs })) };
  });

  scope.delete(PATH, async (request, reply) => {
    const body = RevocationEnd.safeParse(request.body);
    if (!body.success)
      return refuse(reply, 400, errorBody("bad_request", "Name one of userId and deviceGroup (UUIDs)."));
    const [key] = await keysOf(body.data, lobby);
    const found = key !== undefined && (await revocations.remove(key));
    if (!found) return refuse(reply, 404, errorBody("bad_request", "That one is not shut out."));
    log.warn("Somebody is no longer shut out", sayable(key));
    return { removed: key };
  });
}

async function keysOf(
  who: RevocationRequest | RevocationEnd,
  lobby: RevocationParts["lobby"],
): Promise<readonly RevocationKey[]> {
  if ("userId" in who) return [{ kind: "userId", id: who.userId }];
  if ("deviceGroup" in who) return [{ kind: "deviceGroup", id: who.deviceGroup }];
  const owner = await lobby.whoseIs(who.sessionId);
  if (!owner) return [];
  const { userId, deviceGroup } = owner;
  const device = deviceGroup === undefined ? [] : [{ kind: "deviceGroup", id: deviceGroup } as const];
  return [{ kind: "userId", id: userId }, ...device];
}

/** The fields of a log line: a user id is hashed there, and a device group is not written at all. */
const sayable = ({ kind, id }: RevocationKey) => ({ kind, ...(kind === "userId" ? { userId: id } : {}) });
