import { fileURLToPath } from "node:url";

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const PATHS = {
  server: inRoot("signaling-server/dist/main.js"),
  web: inRoot("web-client/dist"),
  gallery: inRoot("web-client/dist-gallery"),
  pictures: inRoot("e2e/test-results/pictures"),
  figures: inRoot("e2e/test-results/figures"),
  screenshots: inRoot("docs/screenshots"),
  states: inRoot("e2e/test-results/states"),
  stats: inRoot("packages/client/test/peer/fixtures"),
  coturn: inRoot("deploy/coturn/turnserver.conf"),
  logs: inRoot("e2e/test-results/signaling-logs"),
  natlab: inRoot("e2e/test-results/natlab.json"),
} as const;
