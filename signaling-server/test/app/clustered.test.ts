import { expect, test } from "vitest";
import { serverProcesses } from "./server-process.ts";

const { start } = serverProcesses();

test("[C90] a server that is started as one of several says that people of two never meet; one alone does not", async () => {
  const warning = expect.objectContaining({ level: 40, msg: expect.stringMatching(/one of a cluster/) });
  const one = start({ program: "test/app/clustered.program.ts" });
  await one.url();
  expect(one.lines()).toContainEqual(warning);
  const alone = start();
  await alone.url();
  expect(alone.lines()).not.toContainEqual(warning);
});
