import { posix } from "node:path";
import type { Import, Source } from "./source.ts";

/** The workspace packages that each package may import: the floors of the house. */
export const BELOW: Readonly<Record<string, readonly string[]>> = {
  // Plain .mjs with its types beside it: the commands import it by its path before anything is installed, the rest by its name.
  "packages/settings-file": [],
  "packages/time": [],
  "packages/protocol": [],
  "packages/client": ["@serendip/time", "@serendip/protocol"],
  "signaling-server": ["@serendip/settings-file", "@serendip/time", "@serendip/protocol"],
  "web-client": ["@serendip/settings-file", "@serendip/time", "@serendip/protocol", "@serendip/client"],
  e2e: ["@serendip/time", "@serendip/protocol", "@serendip/client", "signaling-server", "web-client"],
  bench: ["@serendip/time", "@serendip/protocol", "@serendip/client", "signaling-server"],
  "packages/tooling": [],
};

const WORKSPACE_PACKAGE = /^(@serendip\/[^/]+|signaling-server|web-client|e2e|bench)(\/|$)/;

interface Layer {
  readonly name: string;
  /** Files of the layer, by their path below `src`. The first layer that fits counts. */
  readonly files: RegExp;
  /** Layers besides itself that it may import. */
  readonly imports: readonly string[];
}

export const LAYERS: Readonly<Record<string, readonly Layer[]>> = {
  "signaling-server": [
    { name: "domain", files: /^domain\//, imports: [] },
    // The interface of the store is a port; what implements it is not.
    { name: "ports", files: /^(ports(\/[a-z]+)?|store\/lobby-store)\.ts$/, imports: ["domain"] },
    { name: "store", files: /^store\//, imports: ["domain", "ports"] },
    { name: "service", files: /^service\//, imports: ["domain", "ports"] },
    { name: "edge", files: /^edge\//, imports: ["domain", "ports", "service"] },
    { name: "config", files: /^config(\.ts$|\/)/, imports: ["domain"] },
    {
      name: "app",
      files: /^(app|ice-setup|identity-setup|lobby-setup|metrics-setup)\.ts$/,
      imports: ["domain", "ports", "store", "service", "edge", "config"],
    },
    { name: "main", files: /^(main|doctor)(\.ts$|\/)/, imports: ["app", "ports", "config", "edge"] },
  ],
  // A subject holds its machine, its port and its browser half side by side, so that the name of a file tells its layer.
  "packages/client": [
    { name: "words", files: /^words\//, imports: [] },
    { name: "machine", files: /\.machine\.ts$/, imports: ["words"] },
    // What engine and adapters both do with a stream's tracks.
    { name: "media", files: /^media\/media-parts\.ts$/, imports: ["words"] },
    { name: "ports", files: /(\.port|\/engine-api)\.ts$/, imports: ["words", "machine"] },
    {
      name: "entry",
      files: /^api\/create-video-chat\.browser\.ts$/,
      imports: ["words", "ports", "engine", "browser"],
    },
    { name: "browser", files: /(\.browser|\.d)\.ts$/, imports: ["words", "machine", "media", "ports"] },
    { name: "testing", files: /^testing\//, imports: ["words", "machine", "media", "ports", "engine"] },
    { name: "engine", files: /\.ts$/, imports: ["words", "machine", "media", "ports"] },
  ],
};

/** A library that only some files may import; `exactly`: and one file does. */
const LIBRARIES: readonly { readonly library: RegExp; readonly in: RegExp; readonly exactly?: number }[] = [
  { library: /^simple-peer(\/|$)/, in: /^packages\/client\/src\/.+\.browser\.ts$/, exactly: 1 },
  { library: /^socket\.io-client$/, in: /^packages\/client\/src\/signaling\/.+\.browser\.ts$/, exactly: 2 },
  { library: /^(socket\.io|socket\.io-parser|engine\.io|ws)(\/|$)/, in: /^signaling-server\/src\/edge\// },
  { library: /^(fastify|@fastify\/.+)$/, in: /^signaling-server\/src\/(edge\/|app\.ts)/ },
  { library: /^ipaddr\.js$/, in: /^signaling-server\/src\/domain\/network\// },
  { library: /^(pino|prom-client)$/, in: /^signaling-server\/src\/edge\// },
  // It reads the disk; what a page may use of it has names of its own.
  { library: /^@serendip\/settings-file$/, in: /^signaling-server\/src\/config(\.ts$|\/)/ },
  { library: /^(react|react-dom)(\/|$)/, in: /^web-client\/src\// },
  // What tests share, such as the launcher of coturn.
  { library: /^@serendip\/tooling(\/|$)/, in: /^$/ },
  // Whoever writes a schema writes a payload type. Outside the protocol that is done for what is no part of it:
  // the configuration, and what the server has signed for itself.
  {
    library: /^zod(\/|$)/,
    in: /^(packages\/protocol\/src\/|signaling-server\/src\/(config(\.ts$|\/)|edge\/signing\/)|web-client\/settings\.ts$)/,
  },
];

const BROWSER_SOURCES = /^(packages\/(time|protocol|client)|web-client)\/src\//;

const PURE = /^(signaling-server\/src\/domain\/|packages\/client\/src\/.+\.machine\.ts$)/;
const TIMELESS =
  /^(signaling-server\/src\/(domain|store|service)\/|packages\/(protocol|client)\/src\/(?!.+\.browser\.ts$))/;

const TIME_AND_CHANCE =
  /^(Date|setTimeout|setInterval|setImmediate|clearTimeout|clearInterval|queueMicrotask|performance|crypto|Math\.random)$/;
const PLATFORM =
  /^(await|Promise|process|globalThis|console|fetch|window|document|navigator|location|localStorage|sessionStorage|MediaStream|MediaStreamTrack|RTC\w+|HTML\w*Element|AbortController|AbortSignal|WebSocket)$/;

/** Of the client, only `*.browser.ts` may touch the page. */
const PAGELESS = /^packages\/client\/src\/(?!testing\/)(?!.+\.(browser|d)\.ts$)/;
const PAGE =
  /^(process|globalThis|console|fetch|window|document|navigator|location|localStorage|sessionStorage|RTC\w+|HTML\w*Element|WebSocket)$/;

const LONGEST_FILE = 300;
const SHIPPED =
  /^((packages\/(settings-file|time|protocol|client)|signaling-server|web-client)\/src|packages\/tooling\/bin)\//;

export function packageOf(path: string): string | undefined {
  return Object.keys(BELOW).find((folder) => path.startsWith(`${folder}/`));
}

const isRelative = (from: string) => from.startsWith(".");
/** Tests, what only they use, and programs that play the part of users from outside. */
const isTest = (path: string) => !SHIPPED.test(path) || /\/(testing|gallery)\//.test(path);

function layerOf(path: string): Layer | undefined {
  const home = packageOf(path);
  const inside = home && path.startsWith(`${home}/src/`) ? path.slice(`${home}/src/`.length) : undefined;
  return inside === undefined ? undefined : LAYERS[home ?? ""]?.find(({ files }) => files.test(inside));
}

function* importFaults(source: Source, { from, typeOnly }: Import): Generator<string> {
  const home = packageOf(source.path) ?? "";
  if (isRelative(from)) {
    const target = posix.join(posix.dirname(source.path), from.split("?")[0] ?? from);
    if (packageOf(target) !== home) {
      // Tooling looks at everybody and is needed by everybody: a dependency by name would be a circle.
      if (home !== "packages/tooling")
        yield `reaches out of ${home} with "${from}"; packages meet by their names`;
      return;
    }
    const mine = layerOf(source.path);
    const other = layerOf(target);
    if (mine && other && mine !== other && !mine.imports.includes(other.name))
      yield `is in ${mine.name} and must not import ${other.name} (${from})`;
  }
  const other = WORKSPACE_PACKAGE.exec(from)?.[1];
  if (
    other !== undefined &&
    other !== "@serendip/tooling" &&
    !home.endsWith(other.replace("@serendip/", "/")) &&
    !BELOW[home]?.includes(other)
  )
    yield `is in ${home}, which must not import ${other}`;
  if (from.startsWith("node:") && BROWSER_SOURCES.test(source.path))
    yield `runs in a browser and must not import ${from}`;
  if (isTest(source.path) || typeOnly) return;
  for (const { library, in: allowed } of LIBRARIES)
    if (library.test(from) && !allowed.test(source.path)) yield `must not import ${from}`;
}

function* faultsOf(source: Source): Generator<string> {
  for (const one of source.imports) yield* importFaults(source, one);
  if (isTest(source.path)) return;
  for (const name of source.uses) {
    if (TIME_AND_CHANCE.test(name) && TIMELESS.test(source.path))
      yield `uses ${name}; time and chance are handed in (Clock, ids, random)`;
    if (PAGE.test(name) && PAGELESS.test(source.path)) yield `uses ${name}, which is for *.browser.ts`;
    if (PLATFORM.test(name) && PURE.test(source.path)) yield `is pure and must not use ${name}`;
  }
  if (source.imports.some(({ from }) => from.startsWith("node:")) && PURE.test(source.path))
    yield "is pure and must not import node:";
  if (source.castsJson) yield "gives the result of JSON.parse a type without checking it";
  if (SHIPPED.test(source.path) && source.lines > LONGEST_FILE)
    yield `has ${source.lines} lines; ${LONGEST_FILE} are too many`;
  const home = packageOf(source.path) ?? "";
  if (LAYERS[home] && source.path.startsWith(`${home}/src/`) && !layerOf(source.path))
    yield "belongs to no layer; give it one in floors/rules.ts";
}

/** Every breach of the floors, as sentences that begin with the file. */
export function breaches(sources: readonly Source[]): readonly string[] {
  const found = sources.flatMap((source) => [...faultsOf(source)].map((fault) => `${source.path} ${fault}`));
  for (const { library, exactly } of LIBRARIES) {
    if (exactly === undefined) continue;
    const users = sources.filter(
      ({ path, imports }) =>
        !isTest(path) && imports.some(({ from, typeOnly }) => library.test(from) && !typeOnly),
    );
    if (users.length !== exactly)
      found.push(
        `${users.length} files import ${library.source}: ${users.map(({ path }) => path).join(", ")}`,
      );
  }
  return found;
}
