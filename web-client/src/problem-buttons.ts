import type { ChatActions, ChatError, ChatSnapshot, MediaKind } from "@serendip/client";
import { ACTION_TEXT, joinWithoutText, PROBLEM_BUTTONS } from "./text.ts";

/** A way on from a problem. */
export interface ProblemButton {
  readonly label: string;
  readonly does:
    | keyof Pick<ChatActions, "retry" | "joinWithout" | "start" | "stop" | "dismissProblem">
    | PageAction;
}

/** What the page itself does, without the engine or with more than one of its actions. */
export type PageAction = "choose-device" | "reload" | "show-address";

/** Which devices there is trouble with; an error names only one of them. */
export type Devices = Pick<ChatSnapshot, MediaKind>;

/** The buttons of a problem, the most helpful one first. */
export function problemButtons(problem: ChatError, devices: Devices): readonly ProblemButton[] {
  return problem.severity === "fatal" ? fatalButtons(problem, devices) : degradedButtons(problem);
}

function fatalButtons(problem: ChatError, devices: Devices): readonly ProblemButton[] {
  const concernsMedia = problem.area === "media";
  const both = devices.camera.problem !== undefined && devices.microphone.problem !== undefined;
  const joinWithout = {
    label: joinWithoutText(both ? undefined : problem.device),
    does: "joinWithout",
  } as const;
  const buttons: ProblemButton[] =
    problem.action === "join-without" ? [joinWithout] : [...actionButton(problem)];
  // Whatever keeps the devices away, one can still see and hear the other, where the browser can make calls at all.
  if (concernsMedia && problem.code !== "media-unsupported" && problem.action !== "join-without") {
    buttons.push(joinWithout);
  }
  if (problem.code === "relay-unavailable") {
    buttons.push({ label: PROBLEM_BUTTONS.showAddress, does: "show-address" });
  }
  if (["join-without", "choose-device", "check"].includes(problem.action)) {
    buttons.push({ label: PROBLEM_BUTTONS.tryAgain, does: "start" });
  }
  buttons.push({ label: PROBLEM_BUTTONS.back, does: "stop" });
  return buttons;
}

function degradedButtons(problem: ChatError): readonly ProblemButton[] {
  const buttons: ProblemButton[] = [];
  if (problem.action === "join-without") buttons.push({ label: PROBLEM_BUTTONS.tryAgain, does: "retry" });
  else buttons.push(...actionButton(problem));
  // The chat goes on without the device already: this only says that it is fine so.
  if (problem.action === "join-without")
    buttons.push({ label: joinWithoutText(problem.device), does: "joinWithout" });
  // A server problem goes by itself, and hiding it would only leave the waiting unexplained.
  else if (problem.area !== "server") {
    buttons.push({ label: PROBLEM_BUTTONS.dismiss, does: "dismissProblem" });
  }
  return buttons;
}

function actionButton(problem: ChatError): readonly ProblemButton[] {
  const label = ACTION_TEXT[problem.action];
  if (label === undefined) return [];
  if (problem.action === "choose-device" || problem.action === "reload")
    return [{ label, does: problem.action }];
  return [{ label, does: "retry" }];
}
