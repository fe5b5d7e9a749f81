import { median } from "../report/stats.ts";
import type { Measure } from "./measured.ts";
import type { Sizes } from "./sizes.ts";

/** From the start of the process until it takes people. */
export const measureBoot: Measure<Sizes["boot"]> = async (bench, { starts }) => {
  const readyMs: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const server = await bench.start();
    readyMs.push(server.readyMs);
    await server.stop();
  }
  return { figures: { "boot.readyMs": median(readyMs) }, busy: 0, waited: 0 };
};
