import { expectAccessible } from "../support/axe.ts";
import { expect, test } from "../support/fixtures.ts";

/** What a web server may answer for config.json when an operator got it wrong, and what the page then says. */
const ANSWERS: readonly {
  readonly what: string;
  readonly answer: {
    readonly status?: number;
    readonly contentType?: string;
    readonly body: string | Buffer;
  };
  readonly says: string;
}[] = [
  {
    what: "the page itself, as a host of single-page apps does",
    answer: { contentType: "text/html", body: "<!doctype html><title>Serendip</title>" },
    says: "config.json is a web page instead of JSON",
  },
  {
    what: "UTF-16",
    answer: { body: Buffer.from('\uFEFF{"signalingUrl": "/"}', "utf16le") },
    says: "config.json is written in UTF-16",
  },
  {
    what: "a misspelt key",
    answer: { body: '{"signalingURL": "/"}' },
    says: 'config.json has an unknown key "signalingURL"; did you mean "signalingUrl"?',
  },
  {
    what: "an address without a scheme",
    answer: { body: '{"signalingUrl": "signal.example.org"}' },
    says: 'In config.json "signalingUrl" is "signal.example.org", without a scheme; write https://signal.example.org',
  },
  {
    what: "an error",
    answer: { status: 503, body: "" },
    says: "config.json could not be loaded (the web server answered 503).",
  },
];

for (const path of ["", "check/"])
  test(`[C11] /${path} says what is wrong with its config.json, and so does the console`, async ({
    stranger,
    web,
  }) => {
    const { page, alert, button } = await stranger();
    for (const { what, answer, says } of ANSWERS) {
      await page.route("**/config.json", (route) => route.fulfill(answer));
      const warned = page.waitForEvent("console", (message) => message.text().includes(says));
      await page.goto(`${web.origin}/${path}`);
      await expect(page.getByText(says), what).toBeVisible();
      await warned;
      await expect(alert).toHaveCount(1);
      await expect(button("Start Chatting")).toHaveCount(0);
      await page.unroute("**/config.json");
    }
    // The operator mends it and reloads.
    await button("Reload").click();
    await expect(button(path === "" ? "Start Chatting" : "Start the check")).toBeVisible();
  });

for (const colorScheme of ["light", "dark"] as const)
  test(`axe finds nothing in a page that was set up wrongly, ${colorScheme}`, async ({ stranger, web }) => {
    const { page, alert } = await stranger();
    await page.emulateMedia({ colorScheme });
    await page.route("**/config.json", (route) => route.fulfill({ body: '{"signalingURL": "/"}' }));
    await page.goto(web.origin);
    await expect(alert).toBeVisible();
    await expectAccessible(page);
  });
