import { randomBytes } from "node:crypto";
import { type BuiltServer, startBuilt } from "../server/built-server.ts";

export interface Surroundings {
  /** The folder of the built checkout that is tried. */
  readonly product: string;
  /** For a run beside all other tests: smaller numbers, the same questions. */
  readonly isQuick: boolean;
}

export interface Finding {
  /** What was seen, in words and numbers. */
  readonly figure: string;
  /** False: a promise was broken. Times alone never are one, because a busy machine is slow. */
  readonly isKept: boolean;
}

/** Something that an attacker, a careless operator or bad luck does, and what has to come of it. */
export interface Fault {
  readonly what: string;
  readonly target: string;
  /** Left out of the quick run. */
  readonly isLong?: true;
  run(around: Surroundings): Promise<Finding>;
}

/** For one question a server of its own. */
export async function withServer<Result>(
  { product }: Surroundings,
  settings: Readonly<Record<string, string>>,
  use: (server: BuiltServer) => Promise<Result>,
): Promise<Result> {
  const server = await startBuilt({ product, settings });
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

export const ADMIN = { ADMIN_TOKEN: randomBytes(48).toString("base64url") };
