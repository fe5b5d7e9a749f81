import { defineConfig } from "vitest/config";

// Workspace packages resolve to their sources, so that no test needs a build.
const fromSource = (platform: string) => ["@serendip/source", "module", platform, "import", "default"];

const project = (name: string, root: string, environment = "node") => ({
  root,
  resolve: { conditions: fromSource("browser") },
  ssr: { resolve: { conditions: fromSource("node") } },
  test: { name, environment, include: ["test/**/*.test.ts", "test/**/*.test.tsx"], testTimeout: 30_000 },
});

export default defineConfig({
  test: {
    projects: [
      project("time", "packages/time"),
      project("protocol", "packages/protocol"),
      project("client", "packages/client"),
      project("tooling", "packages/tooling"),
      project("signaling-server", "signaling-server"),
      project("web-client", "web-client", "happy-dom"),
      "packages/client/vitest.browser.config.ts",
    ],
  },
});
