import { Server } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { requireFree } from "../bin/lib/ports.mjs";

afterEach(() => {
  vi.restoreAllMocks();
});

test("[C90] a port below 1024 that this user may not have is said with the reason, and with one to take", async () => {
  // Tests may run as root, who may have any port.
  vi.spyOn(Server.prototype, "listen").mockImplementation(function refuse(this: Server) {
    process.nextTick(() => this.emit("error", Object.assign(new Error(), { code: "EACCES" })));
    return this;
  });
  const wanted = { host: "127.0.0.1", name: "web client", variable: "WEB_PORT" };
  const low = requireFree({ ...wanted, port: 80 });
  await expect(low).rejects.toThrow(/ports below 1024 need a right .*WEB_PORT=8080 npm start/s);
  const high = requireFree({ ...wanted, port: 5173 });
  await expect(high).rejects.toThrow(/not allowed to this user\.\n.*WEB_PORT=5183/);
});
