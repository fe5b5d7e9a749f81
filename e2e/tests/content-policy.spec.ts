import { expect, test } from "../support/firefox/fixtures.ts";
import { asPerson, type Person } from "../support/person.ts";
import { openStranger } from "../support/stranger.ts";
import { until } from "../support/until.ts";

test.setTimeout(120_000);

const violationsOf = (person: Pick<Person, "evaluate">) =>
  person.evaluate(() => [...window.probe.violations]);

/** Does what a script would do that somebody has brought into the page; says what of it has worked. */
const misbehave = (person: Pick<Person, "evaluate">) =>
  person.evaluate(async () => {
    const worked: string[] = [];
    const world = window as unknown as { planted?: () => void };
    world.planted = () => void worked.push("inline script");
    const script = document.createElement("script");
    const holder = document.createElement("div");
    try {
      script.append("window.planted()");
      document.body.append(script);
      holder.innerHTML = "<img src='x:' onerror='window.planted()'>";
      document.body.append(holder);
    } catch {
      // Refused before it is in the page: trusted types.
    }
    const style = document.createElement("style");
    style.append("body { --planted: 1 }");
    document.head.append(style);
    if (getComputedStyle(document.body).getPropertyValue("--planted")) worked.push("inline style");
    await fetch(`http://${location.hostname}:1/`).catch(() => {});
    const frame = document.createElement("iframe");
    frame.src = "data:text/html,framed";
    document.body.append(frame);
    await new Promise((done) => setTimeout(done, 500));
    for (const one of [script, holder, style, frame]) one.remove();
    return worked;
  });

/** Start, a call, the settings, Next, another call, Stop. */
async function chat(person: Person, partner: Person): Promise<void> {
  await person.start();
  await partner.start();
  await Promise.all([person.meets(30_000), partner.meets(30_000)]);
  await person.press("Settings");
  await person.reads("Hide my");
  await person.evaluate(() => document.querySelector("dialog")?.close());
  await person.press("Next");
  await Promise.all([person.meets(30_000), partner.meets(30_000)]);
  await person.press("Stop");
}

test("[X6] Chromium and Firefox go all the way without breaking the page's policy, and a planted script is refused in both", async ({
  firefoxPerson,
  stranger,
}) => {
  const [fox, chrome] = [await firefoxPerson(), asPerson(await stranger())];
  const written: string[] = [];
  fox.page.on("console", (message) => written.push(message.text()));
  await chat(chrome, fox);
  await fox.press("Stop");
  await chat(fox, chrome);
  for (const person of [fox, chrome]) {
    expect(await violationsOf(person)).toEqual([]);
    expect(await misbehave(person)).toEqual([]);
    const directives = (await violationsOf(person)).join("\n");
    for (const directive of [/script-src|trusted-types/, /style-src/, /connect-src/, /frame-src/])
      expect(directives).toMatch(directive);
  }
  expect(written.filter((text) => /Content.Security.Policy/i.test(text))).toEqual([]);
});

test("[X6] the connection check breaks no policy in Chromium and Firefox", async ({
  firefoxPerson,
  profile,
  web,
}) => {
  const context = await profile();
  const written: string[] = [];
  context.on("console", (message) => written.push(message.text()));
  const fox = await firefoxPerson("/check/");
  const chrome = asPerson(await openStranger(context, `${web.origin}/check/`));
  for (const person of [fox, chrome]) {
    await person.press("Start the check");
    await person.reads("Everything that is set up here works.", 45_000);
    expect(await violationsOf(person)).toEqual([]);
  }
  expect(written.filter((text) => /Content.Security.Policy/i.test(text))).toEqual([]);
});

test("[X6] on a web server without any header the page keeps the same policy, and narrows by itself whom it connects to", async ({
  stranger,
  web,
}) => {
  web.sendHeaders("none");
  const [ann, bob] = [asPerson(await stranger()), asPerson(await stranger())];
  web.sendHeaders("safe");
  await ann.start();
  await bob.start();
  await Promise.all([ann.meets(30_000), bob.meets(30_000)]);
  expect(await violationsOf(ann)).toEqual([]);
  expect(await misbehave(ann)).toEqual([]);
  await until("the foreign connection was refused", 5_000, async () =>
    (await violationsOf(ann)).some((line) => /^connect-src: http:\/\/localhost:1/.test(line)),
  );
});
