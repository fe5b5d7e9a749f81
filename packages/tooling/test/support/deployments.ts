import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { ROOT } from "../floors/source.ts";

export const FOLDER = join(ROOT, "deploy");

/** One way to run the signaling server that `deploy/` shows. */
export interface Deployment {
  readonly file: string;
  /** What it sets, the image's own settings included. */
  readonly settings: Readonly<Record<string, string>>;
  /** How long the server may take to stop before it is killed. */
  readonly stopMs: number;
  /** Where it finds secrets, and under which names make-secrets.sh has made them. */
  readonly secrets: Readonly<Record<string, string>>;
}

export const read = (path: string) => readFileSync(join(FOLDER, path), "utf8");

/** All files below `deploy/`, but for what operators make there. */
export function filesOf(below = ""): readonly string[] {
  return readdirSync(join(FOLDER, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    if (path === "compose/secrets") return [];
    return entry.isDirectory() ? filesOf(path) : [path];
  });
}

/** What stands behind `NAME=` in lines, also behind a comment sign where an operator may take that away. */
const linesOf = (text: string, line: RegExp) =>
  Object.fromEntries([...text.matchAll(line)].map(([, name = "", value = ""]) => [name, value]));

const seconds = (text: string | undefined) => Number(text?.replace(/s$/, "")) * 1_000;

/** Paths of files to their last names, in which they are called as make-secrets.sh calls them. */
const byLastName = (settings: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(settings)
      .filter(([name]) => name.endsWith("_FILE"))
      .map(([, path]) => [path, path.split("/").at(-1) ?? ""]),
  );

export const imageSettings = () => linesOf(read("docker/signaling.Dockerfile"), /^ENV ([A-Z_]+)=(\S+)$/gm);

function systemd(): Deployment {
  const unit = read("systemd/serendip.service");
  const credentials = "/run/credentials/serendip.service";
  const own = linesOf(unit, /^Environment=([A-Z_]+)=(.*)$/gm);
  const settings = {
    ...Object.fromEntries(
      Object.entries(own).map(([name, value]) => [name, value.replace("%d", credentials)]),
    ),
    ...linesOf(read("systemd/signaling.env"), /^#?([A-Z][A-Z_]*)=(.*)$/gm),
  };
  const loaded = linesOf(unit, /^LoadCredential=([a-z-]+):\/etc\/serendip\/secrets\/([a-z-]+)$/gm);
  const secrets = Object.fromEntries(
    Object.entries(loaded).map(([name, file]) => [`${credentials}/${name}`, file]),
  );
  const stopMs = seconds(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]);
  return { file: "systemd/serendip.service", settings, stopMs, secrets };
}

export interface ComposeService {
  readonly image?: string;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop_grace_period?: string;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly ports?: readonly string[];
}
export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
}

export const readCompose = (file: string) => parse(read(file), { merge: true }) as Compose;

/** With the values of `example.env` in place of `${NAME}`. */
function filledIn(text: string): string {
  const values = linesOf(read("compose/example.env"), /^([A-Z_]+)=(.*)$/gm);
  return text.replaceAll(/\$\{([A-Z_]+)(:\?[^}]*)?\}/g, (_, name: string) => values[name] ?? `no ${name}`);
}

function compose(): Deployment {
  const { services, secrets = {} } = readCompose("compose/compose.yaml");
  const { signaling } = services;
  const own = Object.entries(signaling?.environment ?? {}).map(([name, value]) => [name, filledIn(value)]);
  const files = (signaling?.secrets ?? []).map((name) => [
    `/run/secrets/${name}`,
    secrets[name]?.file.replace(/^secrets\//, "") ?? "",
  ]);
  return {
    file: "compose/compose.yaml",
    settings: { ...imageSettings(), ...Object.fromEntries(own) },
    stopMs: seconds(signaling?.stop_grace_period),
    secrets: Object.fromEntries(files),
  };
}

/** One object of Kubernetes, as far as the tests look into it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // What is in it is for Kubernetes' own types to judge.
  readonly spec?: Readonly<Record<string, unknown>>;
}

export const readManifests = (file: string) =>
  parseAllDocuments(read(`kubernetes/${file}`)).map((document) => document.toJS() as Manifest);

export interface PodSpec {
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly {
    readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
    readonly env?: readonly { readonly name: string; readonly value: string }[];
  }[];
}

export function podOf(file: string): PodSpec {
  const deployment = readManifests(file).find(({ kind }) => kind === "Deployment");
  if (deployment === undefined) throw new Error(`${file} has no Deployment`);
  const { template } = deployment.spec as unknown as { readonly template: { readonly spec: PodSpec } };
  return template.spec;
}

function kubernetes(): Deployment {
  const { terminationGracePeriodSeconds = 30, containers } = podOf("signaling.yaml");
  const own = Object.fromEntries((containers[0]?.env ?? []).map(({ name, value }) => [name, value]));
  return {
    file: "kubernetes/signaling.yaml",
    settings: { ...imageSettings(), ...own },
    stopMs: terminationGracePeriodSeconds * 1_000,
    secrets: byLastName(own),
  };
}

export interface Pm2App {
  readonly script: string;
  readonly exec_mode: string;
  readonly instances: number;
  readonly kill_timeout: number;
  readonly env: Readonly<Record<string, string>>;
}

export function readPm2(): Pm2App {
  const file = join(FOLDER, "pm2/ecosystem.config.cjs");
  const { apps } = createRequire(import.meta.url)(file) as { readonly apps: readonly [Pm2App] };
  return apps[0];
}

function pm2(): Deployment {
  const { env, kill_timeout: stopMs } = readPm2();
  return { file: "pm2/ecosystem.config.cjs", settings: env, stopMs, secrets: byLastName(env) };
}

export const DEPLOYMENTS: readonly Deployment[] = [systemd(), compose(), kubernetes(), pm2()];
