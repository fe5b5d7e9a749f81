import * as z from "zod/mini";
import {
  BYE_POLICY,
  CLIENT_EVENTS,
  ERROR_POLICY,
  ErrorBody,
  HealthReply,
  Hello,
  HelloVersion,
  LIMITS,
  MIN_PROTOCOL_VERSION,
  MintRefusal,
  MintReply,
  MintRequest,
  PartnerMedia,
  PROTOCOL_VERSION,
  SERVER_EVENTS,
  SERVER_REQUESTS,
  WebConfig,
} from "../src/index.ts";

/** The schemas of everything that is sent over HTTP. */
export const HTTP_BODIES = { MintRequest, MintReply, MintRefusal, HealthReply, WebConfig } as const;

const mapValues = <Value, Result>(
  table: Readonly<Record<string, Value>>,
  change: (value: Value) => Result,
): Record<string, Result> =>
  Object.fromEntries(Object.entries(table).map(([name, value]) => [name, change(value)]));

const schemaOf = (schema: z.core.$ZodType) => z.toJSONSchema(schema, { io: "input" });

const exchangeOf = ({ body, reply }: { body: z.core.$ZodType; reply: z.core.$ZodType }) => ({
  body: schemaOf(body),
  reply: schemaOf(reply),
});

/** Everything that the two ends have to agree on, as JSON: what changes here changes what is on the wire. */
export function describeWire() {
  return {
    version: PROTOCOL_VERSION,
    oldestAcceptedVersion: MIN_PROTOCOL_VERSION,
    limits: LIMITS,
    errors: mapValues(ERROR_POLICY, ({ reaction }) => reaction),
    byes: BYE_POLICY,
    hello: schemaOf(Hello),
    helloVersion: schemaOf(HelloVersion),
    error: schemaOf(ErrorBody),
    clientEvents: mapValues(CLIENT_EVENTS, exchangeOf),
    serverEvents: mapValues(SERVER_EVENTS, schemaOf),
    serverRequests: mapValues(SERVER_REQUESTS, exchangeOf),
    partnerMedia: schemaOf(PartnerMedia),
    http: mapValues(HTTP_BODIES, schemaOf),
  };
}
