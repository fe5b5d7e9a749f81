import { mint, type Server } from "../page/mint.ts";
import { arrive, helloOf } from "../page/page.ts";

const PEOPLE = 10;
const SEARCHES = 50;

/** Some people search, leave and go: nobody attacks a server that has never done any of it, and is slow for that reason. */
export async function warmUp(server: Server): Promise<void> {
  const person = async () => {
    const page = await arrive(server, helloOf(await mint(server)));
    for (let count = 0; count < SEARCHES; count += 1) {
      await page.ask("find", { requestId: `find-${count}` });
      await page.ask("leave", { requestId: `leave-${count}` });
    }
    page.close();
  };
  await Promise.all(Array.from({ length: PEOPLE }, person));
}
