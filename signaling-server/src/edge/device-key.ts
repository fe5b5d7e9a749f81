import { createHmac, type KeyObject } from "node:crypto";
import type { Identity } from "../ports/identity.ts";

/** Makes a person's device key. */
export type DeviceKeyOf = (identity: Pick<Identity, "userId" | "deviceGroup">) => string;

/**
 * A keyed hash of the device, or of the user where the token names no device: it shows whether two people are at one device, and
 * not which. A user's id never passes for a device's.
 */
export const deviceKeysWith =
  (key: KeyObject): DeviceKeyOf =>
  ({ userId, deviceGroup }) => {
    const owner = deviceGroup === undefined ? `user ${userId}` : `device ${deviceGroup}`;
    return createHmac("sha256", key).update(owner).digest("base64url").slice(0, 22);
  };
