import { LIMITS, type Signal } from "@serendip/protocol";
import { describe, expect, test } from "vitest";
import { type GuardState, judgeSignal, toSignal, type Verdict } from "../../src/peer/signal-guard.browser.ts";

const initiator: GuardState = {
  role: "initiator",
  signalingState: "have-local-offer",
  settling: false,
  candidates: 0,
  attempt: 0,
  unanswered: 1,
};
const responder: GuardState = {
  role: "responder",
  signalingState: "stable",
  settling: false,
  candidates: 0,
  attempt: 0,
  unanswered: 0,
};
const offer: Signal = { kind: "offer", sdp: "v=0" };
const TWO_PICTURES = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
const answer: Signal = { kind: "answer", sdp: "v=0" };
const candidate = (line: string, sdpMid: string | null, sdpMLineIndex: number | null): Signal => ({
  kind: "candidate",
  candidate: { candidate: line, sdpMid, sdpMLineIndex },
});

describe("[R4] what a partner's signal may do", () => {
  const cases: readonly [string, GuardState, Signal, Verdict][] = [
    ["an offer in time", responder, offer, "take"],
    ["an offer for the initiator", { ...initiator, signalingState: "stable" }, offer, "wrong-role"],
    ["an offer while another is answered", { ...responder, settling: true }, offer, "not-expected-now"],
    [
      "an offer in have-remote-offer",
      { ...responder, signalingState: "have-remote-offer" },
      offer,
      "not-expected-now",
    ],
    ["an offer after the end", { ...responder, signalingState: "closed" }, offer, "not-expected-now"],
    ["the answer", initiator, answer, "take"],
    ["an answer for the responder", responder, answer, "wrong-role"],
    ["an answer before the offer", { ...initiator, signalingState: "stable" }, answer, "not-expected-now"],
    ["a second answer at once", { ...initiator, settling: true }, answer, "not-expected-now"],
    ["[R18] a second picture", responder, { ...offer, sdp: TWO_PICTURES }, "impossible"],
    ["[R18] it, from whom no offer is taken", initiator, { ...offer, sdp: TWO_PICTURES }, "impossible"],
    ["[R18] it, in an answer", initiator, { ...answer, sdp: TWO_PICTURES }, "impossible"],
    ["[R11] the offer of a restart", responder, { ...offer, attempt: 1 }, "take"],
    [
      "[R11] it, while another is answered",
      { ...responder, settling: true },
      { ...offer, attempt: 1 },
      "keep",
    ],
    [
      "[R11] it, over one that could not be answered",
      { ...responder, signalingState: "have-remote-offer" },
      { ...offer, attempt: 1 },
      "take",
    ],
    [
      "[R11] it, after the end",
      { ...responder, signalingState: "closed" },
      { ...offer, attempt: 1 },
      "not-expected-now",
    ],
    [
      "[R11] an offer older than one taken",
      { ...responder, attempt: 2 },
      { ...offer, attempt: 1 },
      "superseded",
    ],
    ["the very first offer", { ...responder, attempt: undefined }, offer, "take"],
    ["[R11] the answer to the open offer", { ...initiator, attempt: 2 }, { ...answer, attempt: 2 }, "take"],
    [
      "[R11] the answer to an older one",
      { ...initiator, attempt: 2 },
      { ...answer, attempt: 1 },
      "superseded",
    ],
    [
      "[R11] an answer while none is awaited",
      { ...initiator, attempt: undefined },
      { ...answer, attempt: 1 },
      "superseded",
    ],
    ["[R11] an older page's answer to the only open offer", { ...initiator, attempt: 2 }, answer, "take"],
    [
      "[R11] an older page's answer to one of two",
      { ...initiator, attempt: 2, unanswered: 2 },
      answer,
      "superseded",
    ],
    ["[R11] the wish for a restart", initiator, { kind: "restart" }, "take"],
    ["[R11] the initiator's wish", responder, { kind: "restart" }, "wrong-role"],
    ["a candidate", responder, candidate("candidate:1", "0", 0), "take"],
    ["a candidate with only an index", responder, candidate("candidate:1", null, 0), "take"],
    ["a candidate without a line", responder, candidate("candidate:1", null, null), "no-media-line"],
    ["the end of the candidates", responder, candidate("", "0", 0), "end-of-candidates"],
    [
      "one candidate too many",
      { ...responder, candidates: LIMITS.candidatesPerDescription },
      candidate("candidate:1", "0", 0),
      "too-many-candidates",
    ],
    ["what the schema does not know", responder, { kind: "renegotiate" } as unknown as Signal, "unknown"],
  ];
  test.each(cases)("%s", (_what, state, signal, verdict) => {
    expect(judgeSignal(state, signal)).toBe(verdict);
  });
});

describe("what simple-peer says, in the protocol's words", () => {
  const line = { candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 };
  const cases: readonly [string, unknown, Signal | undefined][] = [
    ["an offer", { type: "offer", sdp: "v=0" }, offer],
    ["an answer", { type: "answer", sdp: "v=0" }, answer],
    ["a candidate", { type: "candidate", candidate: line }, { kind: "candidate", candidate: line }],
    [
      "a candidate without its line",
      { type: "candidate", candidate: { candidate: "candidate:1" } },
      candidate("candidate:1", null, null),
    ],
    [
      "[R11] a candidate with its user name fragment",
      { type: "candidate", candidate: { ...line, usernameFragment: "uf" } },
      { kind: "candidate", candidate: { ...line, usernameFragment: "uf" } },
    ],
    ["the end of the candidates", { type: "candidate", candidate: { ...line, candidate: "" } }, undefined],
    ["no candidate", { type: "candidate", candidate: null }, undefined],
    [
      "an over-long candidate",
      { type: "candidate", candidate: { ...line, candidate: "x".repeat(1025) } },
      undefined,
    ],
    [
      "[R3] a candidate that the server would refuse",
      { type: "candidate", candidate: { ...line, sdpMid: "m".repeat(LIMITS.idChars + 1) } },
      undefined,
    ],
    ["a wish to negotiate", { type: "renegotiate", renegotiate: true }, undefined],
    ["a wish for a line", { type: "transceiverRequest", transceiverRequest: { kind: "video" } }, undefined],
    ["nothing", undefined, undefined],
  ];
  test.each(cases)("%s", (_what, data, signal) => {
    expect(toSignal(data)).toEqual(signal);
  });
});
