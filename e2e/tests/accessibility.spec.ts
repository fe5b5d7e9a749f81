import { expectAccessible } from "../support/axe.ts";
import { expect, test } from "../support/fixtures.ts";

// The gallery is looked at in every state and mode (gallery.spec.ts); here are the real ones.

test("axe finds nothing in any screen of a real call", async ({ profile, stranger }) => {
  // axe looks at every element seven times, beside two calls.
  test.setTimeout(150_000);
  const [ann, bob] = [await stranger(), await stranger()];
  await expectAccessible(ann.page);
  await ann.start();
  await ann.sees("Looking for partner…");
  await expectAccessible(ann.page);
  await bob.start();
  await Promise.all([ann.meets(), bob.meets()]);
  await expectAccessible(ann.page);
  await ann.page.getByRole("button", { name: /^Connection: / }).click();
  await expect(ann.page.getByText("There and back")).toBeVisible();
  await expectAccessible(ann.page);
  await ann.press("Settings");
  await expectAccessible(ann.page);
  await ann.press("Done");
  await bob.press("Stop");
  await ann.sees("Partner left.");
  await expectAccessible(ann.page);

  const denied = await stranger(await profile(undefined, []));
  await denied.start();
  await expect(denied.alert).toBeVisible();
  await expectAccessible(denied.page);
});

test("axe finds nothing in the connection check", async ({ profile, stranger, web }) => {
  test.setTimeout(150_000);
  for (const permissions of [["camera", "microphone"], []]) {
    const ann = await stranger(await profile(undefined, permissions));
    await ann.page.goto(`${web.origin}/check/`);
    await expect(ann.button("Start the check")).toBeVisible();
    await expectAccessible(ann.page);
    await ann.button("Start the check").press("Enter");
    await expect(ann.button("Copy the report")).toBeVisible({ timeout: 45_000 });
    await expectAccessible(ann.page);
  }
});

test("the whole way works by keyboard alone", async ({ stranger }) => {
  const [ann, bob] = [await stranger(), await stranger()];
  const focusOn = async (name: string) => {
    for (let presses = 0; presses < 20; presses += 1) {
      if (await ann.button(name).evaluate((button) => button === document.activeElement)) return;
      await ann.page.keyboard.press("Tab");
    }
    throw new Error(`${name} cannot be reached with Tab`);
  };
  await focusOn("Start Chatting");
  await ann.page.keyboard.press("Enter");
  await ann.sees("Looking for partner…");
  await bob.start();
  await ann.meets();
  await focusOn("Mute microphone");
  await ann.page.keyboard.press("Space");
  await expect(ann.button("Unmute microphone")).toBeFocused();
  await focusOn("Next");
  await ann.page.keyboard.press("Enter");
  await ann.sees("Looking for partner…");
  await focusOn("Stop");
  await ann.page.keyboard.press("Enter");
  await expect(ann.button("Start Chatting")).toBeVisible();
});

test("settings that are slow to come change in place, and give the focus back", async ({
  profile,
  stranger,
}) => {
  const context = await profile();
  let letThrough = () => {};
  const opened = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  await context.route("**/settings-*.js", async (route) => {
    await opened;
    await route.continue();
  });
  const ann = await stranger(context);
  await ann.button("Settings").focus();
  await ann.page.keyboard.press("Enter");
  const dialog = ann.page.getByRole("dialog", { name: "Settings" });
  await expect(dialog.getByText("Loading…").last()).toBeVisible();
  await expect(ann.button("Dismiss")).toBeFocused();
  letThrough();
  await expect(dialog.getByLabel("Camera")).toBeVisible();
  await expect(ann.button("Done")).toBeFocused();
  await ann.page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(ann.button("Settings")).toBeFocused();
});

test("the live region is one, named, and says each change once", async ({ stranger }) => {
  const [ann, bob] = [await stranger(), await stranger()];
  await expect(ann.page.getByRole("status")).toHaveCount(1);
  await ann.start();
  await ann.sees("Looking for partner…");
  await bob.start();
  await ann.meets();
  await bob.press("Stop");
  await ann.sees("Partner left.");
  await expect(ann.page.getByRole("status")).toHaveCount(1);
  const said = await ann.statuses();
  for (const text of ["Looking for partner…", "Connected", "Partner left."]) {
    expect(said.filter((one) => one === text)).toHaveLength(1);
  }
});
