import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig, SERVER_SETTINGS } from "../../../../signaling-server/src/config.ts";
import { pageHeaders } from "../../../../web-client/page-headers.ts";
import { sectionOf } from "../docs/markdown.ts";
import { ROOT } from "../floors/source.ts";
import {
  DEPLOYMENTS,
  FOLDER,
  filesOf,
  imageSettings,
  podOf,
  read,
  readCompose,
  readManifests,
  readPm2,
} from "../support/deployments.ts";

const defaultOf = (setting: string) => SERVER_SETTINGS.find(({ name }) => name === setting)?.default;
const PORT = Number(defaultOf("PORT"));
const PROXIES = [
  "nginx/serendip.conf",
  "nginx/signaling.conf",
  "caddy/Caddyfile",
  "caddy/apart.Caddyfile",
  "compose/Caddyfile",
];

describe("[C90] the ports of deploy/ are those of the code", () => {
  test.each(PROXIES)("%s asks the server where it listens unless told otherwise", (file) => {
    const asked = read(file).match(/(?<=(proxy_pass http:\/\/|reverse_proxy )(127\.0\.0\.1|signaling):)\d+/g);
    expect(asked).toEqual([String(PORT)]);
  });

  test("the image, Kubernetes and PM2 name the port at which the server listens there", () => {
    for (const { file, settings } of DEPLOYMENTS) expect(Number(settings["PORT"] ?? PORT), file).toBe(PORT);
    expect(read("docker/signaling.Dockerfile")).toContain(`\nEXPOSE ${imageSettings()["PORT"]}\n`);
    expect(podOf("signaling.yaml").containers[0]?.ports).toContainEqual({
      name: "http",
      containerPort: PORT,
    });
    const service = readManifests("signaling.yaml").find(({ kind }) => kind === "Service");
    expect(service?.spec?.["ports"]).toEqual([{ name: "http", port: PORT, targetPort: "http" }]);
  });

  test("the page's image listens where compose and Kubernetes look for it", () => {
    const port = Number(/listen (\d+);/.exec(read("docker/page.conf"))?.[1]);
    expect(read("docker/web.Dockerfile")).toContain(`\nEXPOSE ${port}\n`);
    expect(read("docker/web.Dockerfile")).toContain(`http://127.0.0.1:${port}/`);
    expect(read("compose/Caddyfile")).toContain(`reverse_proxy web:${port}\n`);
    expect(podOf("web.yaml").containers[0]?.ports).toEqual([{ name: "http", containerPort: port }]);
  });
});

test("[C88] Prometheus asks for metrics where the server has them, and finds the rules", () => {
  const metricsOf = (settings: Readonly<Record<string, string>>) => {
    const secret = { SESSION_SECRET: "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6" };
    const reading = loadConfig({
      ...secret,
      NODE_ENV: "production",
      ALLOWED_ORIGINS: "https://a.org",
      ...settings,
    });
    return reading.ok ? reading.config.metrics : undefined;
  };
  const port = metricsOf({})?.port;
  const signaling = readCompose("compose/compose.metrics.yaml").services["signaling"]?.environment ?? {};
  const kubernetes = podOf("signaling.yaml").containers[0];
  const env = Object.fromEntries((kubernetes?.env ?? []).map(({ name, value }) => [name, value]));
  const metrics = (all: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith("METRICS_")));
  for (const settings of [metrics(signaling), metrics(env)])
    expect(metricsOf(settings)).toEqual({ host: "0.0.0.0", port });

  expect(read("prometheus/prometheus.yml")).toContain(`"127.0.0.1:${port}"`);
  expect(read("compose/prometheus.yml")).toContain(`"signaling:${port}"`);
  expect(read("kubernetes/signaling.yaml")).toContain(`prometheus.io/port: "${port}"`);
  expect(kubernetes?.ports).toContainEqual({ name: "metrics", containerPort: port });
  const mounted = readCompose("compose/compose.metrics.yaml").services["prometheus"]?.volumes ?? [];
  expect(mounted).toContain("../prometheus/rules.yml:/etc/prometheus/rules.yml:ro");
});

test("[C90] each deployment gives the server more time than it takes to stop, also behind a balancer", () => {
  const source = readFileSync(join(ROOT, "signaling-server/src/main/serve.ts"), "utf8");
  expect(source).toContain("delay: config.drainMs + STOP_MS");
  const stopMs = Number(/^const STOP_MS = ([\d_]+);$/m.exec(source)?.[1]?.replaceAll("_", ""));
  const behindBalancer = 25_000;
  expect(SERVER_SETTINGS.find(({ name }) => name === "DRAIN_MS")?.description).toContain(`${behindBalancer}`);
  for (const { file, settings, stopMs: given } of DEPLOYMENTS) {
    const drainMs = Number(settings["DRAIN_MS"] ?? defaultOf("DRAIN_MS"));
    expect(given, file).toBeGreaterThan(Math.max(drainMs, behindBalancer) + stopMs);
  }
});

describe("[C90] the paths of deploy/ are those of the code", () => {
  const PASSED_ON = ["/readyz", "/socket.io/", "/v1/"];

  test.each(PROXIES)("%s passes on what a page needs, and nothing for operators", (file) => {
    const nginx = [...read(file).matchAll(/location ~ \^\/\(([^)]+)\)/g)].flatMap(([, paths = ""]) =>
      paths.split("|").map((path) => `/${path.replaceAll("\\", "").replace(/\$$/, "")}`),
    );
    const caddy = [...read(file).matchAll(/@signaling path (.+)/g)].flatMap(([, paths = ""]) =>
      paths.split(" ").map((path) => path.replace(/\*$/, "")),
    );
    expect([...nginx, ...caddy].toSorted()).toEqual(PASSED_ON);
  });

  test("Kubernetes passes on the same, to services and ports that there are", () => {
    const manifests = filesOf("kubernetes").flatMap((file) => readManifests(file.replace("kubernetes/", "")));
    const ingress = JSON.stringify(manifests.find(({ kind }) => kind === "Ingress")?.spec);
    const rules = [...ingress.matchAll(/"path":"([^"]+)".+?"name":"([^"]+)","port":\{"name":"([^"]+)"/g)].map(
      ([, path, service, port]) => ({ path, service, port }),
    );
    const of = (service: string) => rules.filter((rule) => rule.service === service).map(({ path }) => path);
    expect(of("serendip-signaling").toSorted()).toEqual(PASSED_ON);
    expect(of("serendip-web")).toEqual(["/"]);
    for (const { service = "", port } of rules) {
      const found = manifests.find(({ kind, metadata }) => kind === "Service" && metadata.name === service);
      expect(JSON.stringify(found?.spec), service).toContain(`"name":"${port}"`);
      expect(found?.spec?.["selector"]).toEqual({ app: service });
      const pods = manifests.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === service);
      expect(pods?.spec?.["selector"]).toEqual({ matchLabels: { app: service } });
      expect(pods?.spec?.["template"]).toMatchObject({ metadata: { labels: { app: service } } });
    }
  });

  test("whether the server lives is asked where it says so (that it does, deploy.test.ts shows)", () => {
    const probes = read("kubernetes/signaling.yaml").match(/(?<=httpGet: \{ path: )[^,]+/g);
    expect(probes).toEqual(["/healthz", "/healthz", "/healthz"]);
    expect(read("docker/health.mjs")).toContain('path: "/healthz"');
    expect(read("docker/signaling.Dockerfile")).toMatch(/^HEALTHCHECK .*"health\.mjs"\]$/m);
  });
});

test("[C85] process managers and clusters never start two servers, which would not know each other", () => {
  expect(readPm2()).toMatchObject({ exec_mode: "fork", instances: 1 });
  const spec = readManifests("signaling.yaml").find(({ kind }) => kind === "Deployment")?.spec;
  expect(spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
  expect(filesOf().filter((file) => /HorizontalPodAutoscaler/.test(read(file)))).toEqual([]);
});

test("[C90] containers of compose have no right but the one without which their program does not start", () => {
  // Images that give their program's file the right to take ports below 1024: without it the program cannot be run at all.
  const NEEDS_LOW_PORTS = /^(caddy|coturn\/coturn):/;
  const files = ["compose/compose.yaml", "compose/compose.metrics.yaml"];
  const services = files.flatMap((file) => Object.entries(readCompose(file).services));
  // What adds to a service of the other file says neither image nor build.
  const whole = services.filter(([, { image, build }]) => image !== undefined || build !== undefined);
  const rights = whole.map(([name, { cap_drop, cap_add = [] }]) => ({ name, cap_drop, cap_add }));
  expect(rights).toEqual(
    whole.map(([name, { image = "" }]) => ({
      name,
      cap_drop: ["ALL"],
      cap_add: NEEDS_LOW_PORTS.test(image) ? ["NET_BIND_SERVICE"] : [],
    })),
  );
  expect(rights.filter(({ cap_add }) => cap_add.length > 0).map(({ name }) => name)).toEqual([
    "caddy",
    "coturn",
  ]);
});

describe("[C90] the programs and files that deploy/ names are there", () => {
  test("what the images copy, and what compose builds and mounts", () => {
    for (const file of ["docker/signaling.Dockerfile", "docker/web.Dockerfile"]) {
      const copied = [...read(file).matchAll(/^COPY (?:--from=build )?(\S+) /gm)].map(
        ([, from = ""]) => from,
      );
      const sources = copied.flatMap((from) =>
        from.startsWith("/out/") || from === "." ? [] : from.replace("/src/", ""),
      );
      expect(sources.length, file).toBeGreaterThan(0);
      for (const source of sources) expect(existsSync(join(ROOT, source)), source).toBe(true);
    }
    const files = ["compose/compose.yaml", "compose/compose.metrics.yaml"];
    for (const { volumes = [], build } of files.flatMap((file) =>
      Object.values(readCompose(file).services),
    )) {
      const folder = join(FOLDER, "compose");
      const mounted = volumes.map((one) => one.split(":")[0] ?? "").filter((from) => from.startsWith("."));
      const built = build ? [join(resolve(folder, build.context), build.dockerfile)] : [];
      for (const path of [...mounted.map((one) => join(folder, one)), ...built])
        expect(existsSync(path), path).toBe(true);
    }
  });

  test("the deployed server's program, as npm run deploy puts it", () => {
    const programs = [
      /^ExecStart=\S+ (\S+)$/m.exec(read("systemd/serendip.service"))?.[1],
      /^CMD \["([^"]+)"\]$/m.exec(read("docker/signaling.Dockerfile"))?.[1],
      readPm2().script,
    ];
    expect(programs).toEqual(["dist/main.js", "dist/main.js", "dist/main.js"]);
    for (const file of ["systemd/serendip.service", "pm2/ecosystem.config.cjs"])
      expect(read(file)).toContain("/opt/serendip/current/signaling-server");
  });
});

describe("[X6] every page that deploy/ serves has the headers of the code", () => {
  test.each([
    ["docker/page.conf", undefined],
    ["caddy/apart.Caddyfile", "https://signal.example.org"],
  ])("%s", (file, signalingUrl) => {
    const text = read(file);
    for (const [name, value] of Object.entries(pageHeaders(signalingUrl)))
      expect(text).toMatch(new RegExp(`${name} +"${value.replaceAll(/[()*.?]/g, "\\$&")}"`));
  });
});

test("[C89] the checklist has what has to be seen before people come, each as something to do", () => {
  const list = sectionOf(read("../docs/deploy.md"), "## Before people come: the checklist");
  const items = list.split(/^- \[ \] /m).slice(1);
  const asked = [
    /^\*\*TURN in production.*doctor/s,
    /^\*\*Settings.*doctor/s,
    /^\*\*Load.*npm run churn/s,
    /^\*\*Success is watched.*successRate/s,
    /^\*\*Errors are read/,
    /^\*\*Networks and devices.*mobile.*Firefox/s,
    /^\*\*HTTPS and WSS.*wss:/s,
  ];
  for (const item of asked)
    expect(
      items.filter((one) => item.test(one)),
      String(item),
    ).toHaveLength(1);
});
