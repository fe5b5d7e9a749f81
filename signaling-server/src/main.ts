import { start } from "./main/start.ts";

await start(() => import("./main/serve.ts"));
