import type { ChatActions, ChatError } from "@serendip/client";
import { ACTION_TEXT, joinWithoutText, PROBLEM_BUTTONS } from "./text.ts";

/** A way on from a problem. */
export interface ProblemButton {
  readonly label: string;
  readonly does:
    | keyof Pick<ChatActions, "retry" | "joinWithout" | "start" | "stop" | "dismissProblem">
    | PageAction;
}

/** What the page itself does, without the engine. */
export type PageAction = "choose-device" | "reload";

/** The buttons of a problem, the most helpful one first. */
export function problemButtons(problem: ChatError): readonly ProblemButton[] {
  return problem.severity === "fatal" ? fatalButtons(problem) : degradedButtons(problem);
}

function fatalButtons(problem: ChatError): readonly ProblemButton[] {
  const concernsMedia = problem.code.startsWith("media-");
  const buttons: ProblemButton[] = [...actionButton(problem)];
  // Whatever keeps the devices away, one can still see and hear the other, where the browser can make calls at all.
  if (concernsMedia && problem.code !== "media-unsupported" && problem.action !== "join-without") {
    buttons.push(joinWithout(problem));
  }
  if (problem.action === "join-without" || problem.action === "choose-device") {
    buttons.push({ label: PROBLEM_BUTTONS.tryAgain, does: "start" });
  }
  buttons.push({ label: PROBLEM_BUTTONS.back, does: "stop" });
  return buttons;
}

function degradedButtons(problem: ChatError): readonly ProblemButton[] {
  // The controls beside a degraded problem already have a Next.
  const buttons: ProblemButton[] = problem.action === "next" ? [] : [...actionButton(problem)];
  // A server problem goes by itself, and hiding it would only leave the waiting unexplained.
  if (!problem.code.startsWith("server-")) {
    buttons.push({ label: PROBLEM_BUTTONS.dismiss, does: "dismissProblem" });
  }
  return buttons;
}

function actionButton(problem: ChatError): readonly ProblemButton[] {
  if (problem.action === "join-without") return [joinWithout(problem)];
  const label = ACTION_TEXT[problem.action];
  if (label === undefined) return [];
  if (problem.action === "choose-device" || problem.action === "reload")
    return [{ label, does: problem.action }];
  return [{ label, does: "retry" }];
}

function joinWithout({ device }: ChatError): ProblemButton {
  return { label: joinWithoutText(device), does: "joinWithout" };
}
