import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, loadEnv, type Plugin } from "vite";
import { readWebSettings } from "./settings.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The check is a page of its own, so that a chat does not load it.
const PAGES = { index: here("index.html"), check: here("check/index.html") };

// sysexits.h EX_CONFIG: a supervisor can tell a wrong configuration from a crash.
const EXIT_CONFIG = 78;

/** Answers `config.json` from the environment, so that a built page learns its signaling service at run time. */
function configFromEnvironment(signalingUrl: string | undefined): Plugin {
  const answer = (_request: unknown, response: ServerResponse, next: () => void) => {
    if (signalingUrl === undefined) return next();
    response.setHeader("content-type", "application/json");
    response.setHeader("cache-control", "no-store");
    response.end(JSON.stringify({ signalingUrl }));
  };
  return {
    name: "serendip-config",
    configureServer: (server) => void server.middlewares.use("/config.json", answer),
    configurePreviewServer: (server) => void server.middlewares.use("/config.json", answer),
  };
}

/** As web servers do with a folder's name: without the slash its page's relative addresses would point past it. */
function slashAfterCheck(): Plugin {
  const redirect = (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (request.url?.split("?")[0] !== "/check") return next();
    response.writeHead(301, { location: "check/" }).end();
  };
  return {
    name: "serendip-check-page",
    configureServer: (server) => void server.middlewares.use(redirect),
    configurePreviewServer: (server) => void server.middlewares.use(redirect),
  };
}

export default defineConfig(({ mode }) => {
  const env = loadEnv(mode, repository, "");
  const result = readWebSettings(env);
  if (!result.ok) {
    console.error(["The web client's configuration is wrong:", ...result.faults].join("\n  - "));
    process.exit(EXIT_CONFIG);
  }
  const { port, host, signalingUrl } = result.settings;
  const gallery = env["STATES_GALLERY"] === "1";

  return {
    // Relative addresses: the built page works at any path of any web server.
    base: "./",
    envDir: repository,
    plugins: [react(), configFromEnvironment(signalingUrl), slashAfterCheck()],
    resolve: { conditions: ["@serendip/source", ...defaultClientConditions] },
    server: { port, host, strictPort: true },
    preview: { port, host, strictPort: true },
    build: {
      // The gallery is for screenshots and accessibility checks; it is never part of what is deployed.
      outDir: gallery ? "dist-gallery" : "dist",
      rolldownOptions: { input: gallery ? here("states.html") : PAGES },
      // No data: addresses, so that a strict Content-Security-Policy fits.
      assetsInlineLimit: 0,
      sourcemap: true,
    },
  };
});
