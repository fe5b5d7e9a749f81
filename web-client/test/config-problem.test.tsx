import { describe, expect, it } from "vitest";
import { CONFIG_STATES } from "../src/gallery/config-states.ts";
import { CONFIG_STATE_NAMES } from "../src/gallery/state-names.ts";
import { ConfigProblemScreen } from "../src/screens/config-problem-screen.tsx";
import { CONFIG_PROBLEM } from "../src/text.ts";
import { alertText, buttonNames, render, role } from "./support/render.tsx";

describe("[C11] a page that cannot know where its chat server is", () => {
  it.each(CONFIG_STATE_NAMES)(
    "%s: one alert for the person, every sentence for the operator, a way on",
    async (name) => {
      const problem = CONFIG_STATES[name];
      await render(<ConfigProblemScreen problem={problem} />);
      expect(role("alert")).toHaveLength(1);
      expect(alertText()).toBe(CONFIG_PROBLEM[problem.kind].title + CONFIG_PROBLEM[problem.kind].advice);
      expect(document.querySelectorAll("h1")).toHaveLength(1);
      expect([...document.querySelectorAll("li")].map(({ textContent }) => textContent)).toEqual(
        problem.faults,
      );
      expect(buttonNames()).toEqual(["Reload"]);
      expect(document.title).toContain(CONFIG_PROBLEM[problem.kind].title);
    },
  );

  it("the gallery shows every kind", () => {
    expect(new Set(CONFIG_STATE_NAMES.map((name) => CONFIG_STATES[name].kind))).toEqual(
      new Set(["wrong", "not-loaded"]),
    );
  });
});
