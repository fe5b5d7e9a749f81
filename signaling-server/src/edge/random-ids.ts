import { randomBytes } from "node:crypto";
import type { IdSource } from "../ports.ts";

/** Ids and secrets from the system's random source. */
export function randomIds(): IdSource {
  return {
    id: () => randomBytes(16).toString("base64url"),
    secret: () => randomBytes(32).toString("base64url"),
  };
}
