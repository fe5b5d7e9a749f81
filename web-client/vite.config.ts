import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { LIGHT_LIBRARIES } from "@serendip/client/bundling";
import { environmentNotes, readEnvFile } from "@serendip/settings-file";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, type Plugin, type UserConfig } from "vite";
import { BUILD_TARGET } from "./build-target.ts";
import { BUILT_IN_POLICY, pageHeaders } from "./page-headers.ts";
import { readWebSettings, type WebServerSettings } from "./settings.ts";
import { builtInIceServers } from "./src/ice-env.ts";

const ENV_FILE = fileURLToPath(new URL("../.env", import.meta.url));
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

/** Builds the policy into each page; those of the dev server have inline scripts of its own. */
function policyInPages(): Plugin {
  const attrs = { "http-equiv": "Content-Security-Policy", content: BUILT_IN_POLICY };
  return {
    name: "serendip-policy",
    apply: "build",
    transformIndexHtml: () => [{ tag: "meta", attrs, injectTo: "head-prepend" }],
  };
}

/** Serves the built pages as a web server of an operator should. */
function headersOfPages(signalingUrl: string | undefined): Plugin {
  const isAbsolute = signalingUrl !== undefined && URL.canParse(signalingUrl);
  const headers = Object.entries(pageHeaders(isAbsolute ? signalingUrl : undefined));
  return {
    name: "serendip-page-headers",
    configurePreviewServer: (server) =>
      void server.middlewares.use((_request, response, next) => {
        for (const [name, value] of headers) response.setHeader(name, value);
        next();
      }),
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

/** Reads what is set, in the environment or in the repository's `.env`; nothing is built or served while it has faults. */
function requireSettings(): WebServerSettings {
  const file = readEnvFile(ENV_FILE, { halves: ["server", "web"] });
  for (const [name, value] of Object.entries(file.settings)) process.env[name] ??= value;
  const result = readWebSettings(process.env);
  const faults = [...file.faults.map(({ sentence }) => sentence), ...(result.ok ? [] : result.faults)];
  if (faults.length > 0 || !result.ok) {
    console.error(["The web client's configuration is wrong:", ...faults].join("\n  - "));
    process.exit(EXIT_CONFIG);
  }
  for (const { sentence } of environmentNotes(process.env, "web")) console.warn(sentence);
  return result.settings;
}

export default defineConfig((): UserConfig => {
  const { port, host, signalingUrl } = requireSettings();
  const gallery = process.env["STATES_GALLERY"] === "1";

  return {
    // Relative addresses: the built page works at any path of any web server.
    base: "./",
    // The .env was read above, by the rules of the signaling server: Vite's own reader has others. VITE_ variables of the
    // environment become part of the page.
    envDir: false,
    // Read here, so that no page has to know the providers.
    define: { __ICE_SERVERS__: JSON.stringify(builtInIceServers(process.env)) },
    plugins: [
      react(),
      headersOfPages(signalingUrl),
      configFromEnvironment(signalingUrl),
      slashAfterCheck(),
      ...(gallery ? [] : [policyInPages()]),
    ],
    resolve: {
      conditions: ["@serendip/source", ...defaultClientConditions],
      alias: [...LIGHT_LIBRARIES],
    },
    server: { port, host, strictPort: true },
    preview: { port, host, strictPort: true },
    build: {
      target: [...BUILD_TARGET],
      // The gallery is for screenshots and accessibility checks; it is never part of what is deployed.
      outDir: gallery ? "dist-gallery" : "dist",
      rolldownOptions: { input: gallery ? here("states.html") : PAGES },
      // No data: addresses, so that a strict Content-Security-Policy fits.
      assetsInlineLimit: 0,
      sourcemap: true,
      // A browser that does not preload modules by itself imports them a little later.
      modulePreload: { polyfill: false },
    },
  };
});
