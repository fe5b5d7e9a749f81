import { join } from "node:path";
import { pathToFileURL } from "node:url";

type Connection = typeof import("@serendip/client/connection");

/** The code by which a page keeps up its connection: its backoff, its tokens, its hellos. */
export type PageCode = Pick<Connection, "createSignaling" | "createTabMemory" | "IdentityFailure">;

/**
 * The page's own code of a checkout, by its path: its pages go with its server. One checkout's older pages know nothing of another's
 * newer server.
 */
export async function loadPageCode(product: string): Promise<PageCode> {
  const load = async (file: string): Promise<Connection> =>
    import(pathToFileURL(join(product, "packages/client/src", file)).href);
  const { createSignaling } = await load("signaling/signaling.ts");
  const { createTabMemory } = await load("tab/tab-memory.ts");
  const { IdentityFailure } = await load("signaling/token-source.port.ts");
  return { createSignaling, createTabMemory, IdentityFailure };
}
