import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Workspace packages resolve to their sources, so that no test needs a build.
const fromSource = (platform: string) => ["@serendip/source", "module", platform, "import", "default"];

const project = (name: string, root: string, { platform = "browser", environment = "node" } = {}) => ({
  root,
  resolve: { conditions: platform === "browser" ? fromSource("browser") : ["@serendip/source"] },
  // Vitest hands these to Node itself, which would load a package's ES module for a require if "import" were among them.
  ssr: { resolve: { conditions: ["@serendip/source"] } },
  test: {
    name,
    environment,
    include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
    setupFiles: [new URL("packages/tooling/testing/property-lengths.mjs", import.meta.url).pathname],
    testTimeout: 30_000,
  },
});

export default defineConfig({
  test: {
    // Many of the tests wait for a real clock; Vitest's own number, one below that of the cores, is a single one on a small machine.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      project("time", "packages/time"),
      project("settings-file", "packages/settings-file"),
      project("protocol", "packages/protocol"),
      project("client", "packages/client"),
      project("tooling", "packages/tooling"),
      project("signaling-server", "signaling-server", { platform: "node" }),
      project("bench", "bench", { platform: "node" }),
      project("web-client", "web-client", { environment: "happy-dom" }),
      "packages/client/vitest.browser.config.ts",
    ],
  },
});
