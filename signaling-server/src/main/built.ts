import { join } from "node:path";
import { runKept } from "./kept-program.ts";
import { type Program, start } from "./start.ts";

// What `npm run build` makes `dist/main.js` of; `serve.cjs` is `serve.ts` with everything that it needs.
await start(async () => {
  const { exports, keep } = runKept<Program>(join(import.meta.dirname, "bundle/serve.cjs"));
  return {
    async serve(options) {
      await exports.serve(options);
      keep();
    },
  };
});
