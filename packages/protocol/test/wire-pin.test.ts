import { expect, test } from "vitest";
import { describeWire } from "./wire.ts";

const HOW_TO_EVOLVE = `The wire has changed. Page and server are deployed separately, so decide first:
  - An older receiver reads the new form all the same (an optional field, a new event): keep the version.
  - It would misread it: raise PROTOCOL_VERSION in src/version.ts, keep reading the old form, and add test/golden/v<N>.json.
  - Neither was meant: undo it.
Then renew the pin: npx vitest run --project protocol --update`;

test("[V2] the wire is what the pin beside this test says", async () => {
  const wire = `${JSON.stringify(describeWire(), null, 2)}\n`;
  await expect(wire, HOW_TO_EVOLVE).toMatchFileSnapshot("wire-pin.json");
});
