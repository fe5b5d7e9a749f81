import type { KeyObject } from "node:crypto";
import type { Identity } from "../ports/identity.ts";
import { hmacWith } from "./signing/hmac.ts";

/** Makes a person's device key. */
export type DeviceKeyOf = (identity: Pick<Identity, "userId" | "deviceGroup">) => string;

/**
 * A keyed hash of the device, or of the user where the token names no device: it shows whether two people are at one device, and
 * not which. A user's id never passes for a device's.
 */
export function deviceKeysWith(key: KeyObject): DeviceKeyOf {
  const mac = hmacWith(key);
  return ({ userId, deviceGroup }) =>
    mac(deviceGroup === undefined ? `user ${userId}` : `device ${deviceGroup}`).slice(0, 22);
}
