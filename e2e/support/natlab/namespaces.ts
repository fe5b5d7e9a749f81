import { execFileSync } from "node:child_process";

/** A machine of the lab; each is a network namespace of its own. */
export type Machine = "a" | "b" | "nat-a" | "nat-b" | "nat-a2" | "pub";

const PREFIX = "sd";

/** The namespace of a machine of this process's lab. */
export const namespaceOf = (machine: Machine): string => `${PREFIX}${process.pid}-${machine}`;

const execute = (program: string, args: readonly string[], input?: string) =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["pipe", "pipe", "pipe"], input });

export const ip = (...args: readonly string[]): string => execute("ip", args);

/** Runs lines of shell on a machine; the first one that fails throws, with what it said. */
export function runOn(machine: Machine, script: string): string {
  return execute("ip", ["netns", "exec", namespaceOf(machine), "sh", "-e"], script);
}

/** The words before a command that runs it on a machine. Its process id stays that of the command. */
export const prefixFor = (machine: Machine): readonly [string, ...string[]] => [
  "ip",
  "netns",
  "exec",
  namespaceOf(machine),
];

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Removes a namespace; what still runs in it is ended, or it would hold the namespace for ever. */
function removeNamespace(name: string): void {
  for (const pid of ip("netns", "pids", name).split("\n").filter(Boolean)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended by itself meanwhile.
    }
  }
  ip("netns", "del", name);
}

/** The lab namespaces there are, with the process that made each. */
const labNamespaces = () =>
  ip("netns", "list")
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "")
    .flatMap((name) => {
      const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
      return pid === undefined ? [] : [{ name, pid: Number(pid) }];
    });

/** Removes what runs that were killed have left behind. */
export function removeLeftovers(): void {
  for (const { name, pid } of labNamespaces()) if (!isAlive(pid)) removeNamespace(name);
}

/** Removes every namespace of this process; the cables between them go with them. */
export function removeOwn(): void {
  for (const { name, pid } of labNamespaces()) if (pid === process.pid) removeNamespace(name);
}

/** Why this process cannot make network namespaces; undefined when it can. */
export function namespaceFault(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return "makes networks of its own, which needs root on Linux: sudo npm test";
  const probe = `${PREFIX}${process.pid}-probe`;
  try {
    ip("netns", "add", probe);
    ip("netns", "del", probe);
    return undefined;
  } catch (error) {
    return `this root may not make network namespaces (${String(error).split("\n")[0]})`;
  }
}
