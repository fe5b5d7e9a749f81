import type { ClientBody, ClientEvent, ClientReply } from "./client-events.ts";
import type { ErrorBody } from "./errors.ts";
import type {
  ServerBody,
  ServerEvent,
  ServerRequest,
  ServerRequestBody,
  ServerRequestReply,
} from "./server-events.ts";

/** The event map a Socket.IO server or client takes for what the page sends. */
export type ClientToServerEvents = {
  [Event in ClientEvent]: (body: ClientBody<Event>, reply: (answer: ClientReply<Event>) => void) => void;
};

/** The event map a Socket.IO server or client takes for what the server sends. */
export type ServerToClientEvents = {
  [Event in ServerEvent]: (body: ServerBody<Event>) => void;
} & {
  [Request in ServerRequest]: (
    body: ServerRequestBody<Request>,
    reply: (answer: ServerRequestReply<Request>) => void,
  ) => void;
};

/** The `data` of the `connect_error` by which a hello is refused (SPEC W2). */
export type HelloRefusal = ErrorBody;
