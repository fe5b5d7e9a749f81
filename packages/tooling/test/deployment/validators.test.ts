import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DCLinter } from "dclint";
import { validate } from "dockerfile-utils";
import { afterAll, describe, expect, test } from "vitest";
import { toolIn } from "../../bin/lib/find-tools.mjs";
import { ROOT } from "../floors/source.ts";
import { FOLDER, filesOf, type Manifest, read, readManifests } from "../support/deployments.ts";

const LIMIT_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), "serendip-validated-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file of `deploy/` with one word changed, to see that its validator looks at all. */
function broken(path: string, from: string, to: string): string {
  const text = read(path);
  if (!text.includes(from)) throw new Error(`${path} no longer says "${from}"`);
  const file = join(folder, path.replaceAll("/", "-"));
  writeFileSync(file, text.replace(from, to));
  return file;
}

function tool(name: string): string {
  const path = toolIn(name, process.env);
  if (path === undefined) throw new Error(`This test needs ${name}; npm test installs it`);
  return path;
}

const run = (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const { status, stdout, stderr } = spawnSync(program, args, {
    env: { PATH: process.env["PATH"], HOME: folder, ...env },
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
};

describe("[C90] Dockerfiles (dockerfile-utils)", () => {
  const FILES = filesOf("docker").filter((file) => file.endsWith(".Dockerfile"));
  const faults = (text: string) => validate(text).map(({ message }) => message);

  test("are found, and a misspelt one is refused", () => {
    expect(FILES).toEqual(["docker/signaling.Dockerfile", "docker/web.Dockerfile"]);
    expect(faults(read("docker/web.Dockerfile").replace("HEALTHCHECK", "HEALTHCHEK"))).not.toEqual([]);
  });

  test.each(FILES)(
    "%s has no fault, builds apart from what it ships, and runs as a user who is not root",
    (file) => {
      expect(faults(read(file))).toEqual([]);
      const stages = [...read(file).matchAll(/^FROM \S+:\S+( AS build)?$/gm)].map(([, name]) => name);
      expect(stages).toEqual([" AS build", undefined]);
      const [, shipped = ""] = read(file)
        .split(/^FROM .+$/m)
        .slice(1);
      expect(shipped).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
      expect(shipped).toMatch(/^HEALTHCHECK /m);
    },
  );
});

describe("[C90] compose files (dclint)", () => {
  const FILES = filesOf("compose").filter((file) => /\/compose\..*yaml$/.test(file));
  const linter = new DCLinter({
    // The page's ports are for everybody, on each of the machine's addresses.
    rules: { "no-unbound-port-interfaces": 0 },
    quiet: false,
    debug: false,
    exclude: [],
  });
  interface Linted {
    readonly messages: readonly { readonly rule: string; readonly type: string; readonly message: string }[];
  }
  /** Without what is a matter of taste. */
  const errors = (file: string) =>
    (linter.lintFiles([file], false) as readonly Linted[])
      .flatMap(({ messages }) => messages.filter(({ type }) => type === "error"))
      .map(({ rule, message }) => `${rule}: ${message}`);

  test("are found, and a misspelt one is refused", () => {
    expect(FILES).toContain("compose/compose.yaml");
    const file = broken("compose/compose.yaml", "stop_grace_period", "stop_grace_peroid");
    expect(errors(file)).toEqual([expect.stringContaining("invalid-schema")]);
  });

  test.each(FILES)("%s has no fault, and no container may do more than it must", (file) => {
    expect(errors(join(FOLDER, file))).toEqual([]);
    expect(read(file)).not.toMatch(/privileged|:latest/);
  });
});

describe("[C90] Kubernetes manifests (the types of its API)", () => {
  const FILES = filesOf("kubernetes").map((file) => file.replace("kubernetes/", ""));
  const work = join(ROOT, "packages/tooling/test-results/kubernetes");
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  /** What the compiler has to say about the manifests as objects of those types: what is missing, misspelt, or of another kind. */
  function faults(name: string, manifests: readonly Manifest[]): string {
    mkdirSync(work, { recursive: true });
    const file = join(work, `${name}.ts`);
    const lines = manifests.map((manifest, index) => {
      const { apiVersion, kind } = manifest;
      const [group = "", version] = apiVersion.includes("/") ? apiVersion.split("/") : ["core", apiVersion];
      const from = `kubernetes-types/${group.split(".")[0]}/${version}.d.ts`;
      return `import type { ${kind} as T${index} } from "${from}";\nexport const m${index}: T${index} = ${JSON.stringify(manifest)};`;
    });
    writeFileSync(file, lines.join("\n"));
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--ignoreConfig", "--module", "nodenext"];
    const { output } = run(join(ROOT, "node_modules/.bin/tsc"), [...options, file]);
    return output;
  }

  test("are found, and a misspelt one is refused", { timeout: LIMIT_MS }, () => {
    expect(FILES).toContain("signaling.yaml");
    const text = JSON.stringify(readManifests("signaling.yaml")).replace("livenessProbe", "livenesProbe");
    expect(faults("broken", JSON.parse(text))).toContain("livenesProbe");
  });

  test.each(FILES)(
    "%s is what the API takes, and its pods run without any right",
    { timeout: LIMIT_MS },
    (file) => {
      const manifests = readManifests(file);
      expect(faults(file.replace(".yaml", ""), manifests)).toBe("");
      for (const { kind, spec } of manifests.filter((one) => one.kind === "Deployment"))
        expect(spec, kind).toMatchObject({
          template: {
            spec: {
              automountServiceAccountToken: false,
              securityContext: { runAsNonRoot: true },
              containers: [
                {
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                  },
                },
              ],
            },
          },
        });
    },
  );
});

describe("[C90] web servers' files (nginx -t, caddy adapt)", () => {
  test("Caddy takes its examples", () => {
    const caddy = tool("caddy");
    const check = (file: string) =>
      run(caddy, ["adapt", "--adapter", "caddyfile", "--config", file], { CHAT_HOST: "chat.example.org" })
        .status;
    for (const file of ["caddy/Caddyfile", "caddy/apart.Caddyfile", "compose/Caddyfile"])
      expect(check(join(FOLDER, file)), file).toBe(0);
    expect(check(broken("caddy/apart.Caddyfile", "flush_interval", "flush_intervall"))).not.toBe(0);
  });

  test("nginx takes the configuration of the page's image", () => {
    const nginx = tool("nginx");
    const check = (file: string) => {
      const conf = join(folder, "nginx.conf");
      const text = `pid ${folder}/pid; error_log stderr; events {} http { include ${file}; }`;
      writeFileSync(conf, text);
      return run(nginx, ["-t", "-q", "-p", folder, "-c", conf]);
    };
    expect(check(join(FOLDER, "docker/page.conf"))).toMatchObject({ status: 0 });
    expect(check(broken("docker/page.conf", "absolute_redirect", "absolut_redirect")).status).not.toBe(0);
  });
});

test("[C88] Prometheus takes its configuration for containers (promtool)", () => {
  // Its rules lie where they are mounted.
  const args = ["check", "config", "--syntax-only"];
  const check = (file: string) => run(tool("promtool"), [...args, file]).status;
  expect(check(join(FOLDER, "compose/prometheus.yml"))).toBe(0);
  expect(check(broken("compose/prometheus.yml", "job_name", "job_nam"))).not.toBe(0);
});

describe("[C90] the systemd unit (systemd-analyze)", () => {
  const systemdAnalyze = () => tool("systemd-analyze");

  test("has no word that systemd does not know", () => {
    const verify = (file: string) => run(systemdAnalyze(), ["verify", "--man=no", file]).output;
    const program = "/usr/bin/node";
    const here = (text: string) =>
      text.replace(program, process.execPath).replace(/^WorkingDirectory=.*\n/m, "");
    const unit = join(folder, "serendip.service");
    writeFileSync(unit, here(read("systemd/serendip.service")));
    expect(read("systemd/serendip.service")).toContain(`ExecStart=${program} `);
    expect(verify(unit)).not.toContain("serendip.service");
    writeFileSync(unit, here(read("systemd/serendip.service")).replace("RestartSec", "RestartSecs"));
    expect(verify(unit)).toContain("RestartSecs");
  });

  test("gives the server hardly any right: 2.0 of 10 at most, as systemd counts", () => {
    const exposure = (file: string) => {
      try {
        const args = ["security", "--offline=true", "--threshold=20", file];
        execFileSync(systemdAnalyze(), args, { encoding: "utf8", stdio: "pipe" });
        return 0;
      } catch (error) {
        return (error as { readonly status: number }).status;
      }
    };
    expect(exposure(join(FOLDER, "systemd/serendip.service"))).toBe(0);
    const unit = join(folder, "weak.service");
    writeFileSync(
      unit,
      read("systemd/serendip.service").replaceAll(/^(Protect|Restrict|SystemCall|Private).*\n/gm, ""),
    );
    expect(exposure(unit)).not.toBe(0);
  });
});
