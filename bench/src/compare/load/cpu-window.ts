import { readdirSync, readFileSync } from "node:fs";

/** What a stretch of time cost; shares are of one CPU, and NaN where the system has no /proc. */
export interface CpuUse {
  readonly wallMs: number;
  /** All threads of the server, user and system. */
  readonly serverMs: number;
  readonly serverShare: number;
  readonly loadShare: number;
  /** So much of the time the server's or the load's main thread could have run and had no CPU: others were at it. */
  readonly serverWaited: number;
  readonly loadWaited: number;
}

const NS_PER_MS = 1e6;

/** Nanoseconds on a CPU of each thread of a process (proc(5): schedstat), and of the first one those of waiting for a CPU. */
function figuresOf(pid: number): { readonly ranMs: number; readonly waitedMs: number } {
  try {
    let ranNs = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [ran = "0"] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
      ranNs += Number(ran);
    }
    const [, waited = "0"] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
    return { ranMs: ranNs / NS_PER_MS, waitedMs: Number(waited) / NS_PER_MS };
  } catch {
    return { ranMs: Number.NaN, waitedMs: Number.NaN };
  }
}

/** Begins a window; the returned function ends it. The server has to live as long. */
export function openCpuWindow(serverPid: number): () => CpuUse {
  const look = () => ({
    at: performance.now(),
    server: figuresOf(serverPid),
    load: figuresOf(process.pid),
  });
  const begun = look();
  return () => {
    const now = look();
    const wallMs = now.at - begun.at;
    const serverMs = now.server.ranMs - begun.server.ranMs;
    return {
      wallMs,
      serverMs,
      serverShare: serverMs / wallMs,
      loadShare: (now.load.ranMs - begun.load.ranMs) / wallMs,
      serverWaited: (now.server.waitedMs - begun.server.waitedMs) / wallMs,
      loadWaited: (now.load.waitedMs - begun.load.waitedMs) / wallMs,
    };
  };
}
