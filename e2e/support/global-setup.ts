import { existsSync, mkdirSync, rmSync } from "node:fs";
import { refuseLeaks } from "./log-check.ts";
import { PATHS } from "./paths.ts";
import { writePictures } from "./pictures.ts";

/**
 * Refuses to test what was not built, and draws what the fake cameras show. What it returns runs after the last test: the
 * logs of all signaling servers must hold nothing of the people in them.
 */
// biome-ignore lint/style/noDefaultExport: Playwright takes the set-up from the default export.
export default function globalSetup(): () => void {
  for (const built of [PATHS.server, PATHS.web, PATHS.gallery]) {
    if (!existsSync(built))
      throw new Error(`${built} does not exist: run "npm run build" first, or "npm run test:e2e"`);
  }
  writePictures(PATHS.pictures);
  rmSync(PATHS.logs, { recursive: true, force: true });
  mkdirSync(PATHS.logs, { recursive: true });
  return () => refuseLeaks(PATHS.logs);
}
