import { expect, onTestFinished, test } from "vitest";
import { makeCertificate } from "../turn/certificate.ts";
import { serverProcesses } from "./server-process.ts";

const { start } = serverProcesses();

test("[X3] a server whose TLS files cannot be used ends with 78 and says why, and one that has good ones says https", async () => {
  const { cert, key, remove } = makeCertificate("IP:127.0.0.1");
  onTestFinished(remove);
  const bad = start({ env: { TLS_CERT_FILE: cert, TLS_KEY_FILE: `${key}.old` } });
  expect(await bad.exited()).toBe(78);
  expect(bad.output()).toContain(`TLS_KEY_FILE names ${key}.old, which is not there.`);
  const good = start({ env: { TLS_CERT_FILE: cert, TLS_KEY_FILE: key } });
  expect(await good.url()).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
});
