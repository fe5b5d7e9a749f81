import type { Limiter } from "../../ports/counting.ts";
import type { Log } from "../../ports.ts";

/** A limiter that lets everybody through while the counts cannot be reached, and says so once (SPEC B7). It never rejects. */
export function lenientLimiter(limiter: Limiter, log: Log): Limiter {
  let isDown = false;
  return {
    async take(doorClass, keys) {
      try {
        const verdict = await limiter.take(doorClass, keys);
        if (isDown) log.info("Limits are counted again");
        isDown = false;
        return verdict;
      } catch (error) {
        if (!isDown)
          log.error("Limits cannot be counted; everybody is let through", { error: String(error) });
        isDown = true;
        return { ok: true };
      }
    },
  };
}
