import type {} from "@vitest/browser-playwright";
import type { BrowserCommand } from "vitest/node";

type Device = "camera" | "microphone";

/** From now on the browser grants exactly these devices; what is not granted is denied. */
const grantMedia: BrowserCommand<[devices: Device[]]> = async ({ context }, devices) => {
  await context.clearPermissions();
  await context.grantPermissions(devices);
};

/** What tests may do to the browser from outside the page. */
export const mediaCommands = { grantMedia };

declare module "vitest/browser" {
  interface BrowserCommands {
    grantMedia(devices: Device[]): Promise<void>;
  }
}
