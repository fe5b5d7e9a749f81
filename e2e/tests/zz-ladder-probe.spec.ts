import { callIn } from "../support/natlab/call.ts";
import { test } from "../support/natlab/fixtures.ts";
import { until } from "../support/until.ts";

const pass = (ms: number) => {
  const end = Date.now() + ms;
  return until(`${ms}`, ms + 5_000, () => Date.now() >= end);
};
const SCRIPT = `
addEventListener("online", () => console.info("EVENT online"));
addEventListener("offline", () => console.info("EVENT offline"));
navigator.connection?.addEventListener("change", () => console.info("EVENT change", navigator.connection.type, navigator.connection.rtt, navigator.connection.downlink));
const Old = RTCPeerConnection;
window.RTCPeerConnection = class extends Old { constructor(...a) { super(...a); console.info("PC new"); this.addEventListener("connectionstatechange", () => console.info("PC", this.connectionState)); this.addEventListener("iceconnectionstatechange", () => console.info("ICE", this.iceConnectionState)); this.addEventListener("icecandidate", (e) => console.info("CAND", e.candidate?.type, e.candidate?.address)); } };
let last = 0, lastAt = performance.now();
setInterval(() => { const v = [...document.querySelectorAll("video")].find((v) => v.getAttribute("aria-label")?.includes("Partner")) ?? document.querySelector("video"); const q = v?.getVideoPlaybackQuality().totalVideoFrames ?? 0; const now = performance.now(); if (q !== last) { if (now - lastAt > 400) console.info("FROZEN for", Math.round(now - lastAt)); last = q; lastAt = now; } }, 20);
`;
for (const what of (process.env["PROBE"] ?? "switch").split(","))
  test(`probe ${what}`, async ({ lab, homes }) => {
    test.setTimeout(180_000);
    lab.become("a", "port");
    lab.become("b", "port");
    await lab.coturn.start();
    const lines: string[] = [];
    let t0 = Date.now();
    const call = await callIn(lab, homes, {
      before: () => SCRIPT,
      prepare: async (p) => {
        const n = lines.length === 0 ? "a" : "b";
        lines.push(n);
        p.page.on("console", (m) => lines.push(`${Date.now() - t0} ${n} ${m.text().slice(0, 200)}`));
      },
    });
    try {
      await pass(8_000);
      lines.length = 0;
      t0 = Date.now();
      if (what === "switch") {
        lab.switchUplink();
        await pass(14_000);
        lines.push("---- back");
        lab.switchUplink();
        await pass(14_000);
      } else {
        const [hosts, kind, s] = what.split("-");
        for (const h of hosts as string) lab.cut(h as "a", kind as "media");
        await pass(Number(s) * 1000);
        for (const h of hosts as string) lab.heal(h as "a");
        lines.push(`${Date.now() - t0} ---- healed`);
        await pass(9_000);
      }
    } finally {
      console.log(`${what}\n` + lines.join("\n"));
      await call.end();
      await lab.coturn.stop();
    }
  });
