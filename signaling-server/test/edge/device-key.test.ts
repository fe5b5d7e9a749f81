import { createSecretKey } from "node:crypto";
import { expect, test } from "vitest";
import { deviceKeysWith } from "../../src/edge/device-key.ts";

test("[M10] [M15] a device key tells one device from another, and neither names it nor passes for a user's", () => {
  const keyOf = deviceKeysWith(createSecretKey(Buffer.alloc(32, 1)));
  const key = keyOf({ userId: "ann", deviceGroup: "laptop" });
  expect(key).toMatch(/^[\w-]{22}$/);
  expect(keyOf({ userId: "ben", deviceGroup: "laptop" })).toBe(key);
  expect(keyOf({ userId: "ann", deviceGroup: "phone" })).not.toBe(key);
  expect(keyOf({ userId: "laptop", deviceGroup: undefined })).not.toBe(key);
  expect(keyOf({ userId: "ann", deviceGroup: undefined })).not.toBe(
    keyOf({ userId: "ben", deviceGroup: undefined }),
  );
  expect(
    deviceKeysWith(createSecretKey(Buffer.alloc(32, 2)))({ userId: "ann", deviceGroup: "laptop" }),
  ).not.toBe(key);
});
