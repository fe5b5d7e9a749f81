import type { Page } from "@playwright/test";
import { withoutAddresses } from "signaling-server/relay-only";
import field from "signaling-server/test/field-signals.json" with { type: "json" };
import {
  directionsOf,
  hear,
  openPeer,
  type Reading,
  readOffer,
  refusalOf,
  type Told,
  tell,
} from "../support/bare-peer.ts";
import { expect, test } from "../support/fixtures.ts";

/** What the server's filter makes of a description. */
const passed = (sdp: string): string => {
  const signal = withoutAddresses({ kind: "offer", sdp });
  return signal.kind === "offer" ? signal.sdp : "";
};
const join = (lines: readonly string[]) => lines.map((line) => `${line}\r\n`).join("");
const ANDROID = field.descriptions.find(({ what }) => what.startsWith("Android"))?.lines ?? [];

/** A page that only makes connections. */
const blankPage = async (profile: () => Promise<{ newPage(): Promise<Page> }>): Promise<Page> => {
  const page = await (await profile()).newPage();
  await page.goto("about:blank");
  return page;
};

test("[K12] Chromium takes every description from the field after the filter as it did before", async ({
  profile,
}) => {
  const page = await blankPage(profile);
  for (const { what, lines } of field.descriptions) {
    const raw = await readOffer(page, join(lines));
    expect(raw, what).toMatchObject({ taken: true });
    expect(await readOffer(page, passed(join(lines))), what).toEqual(raw);
  }
});

/** A name that reads like an address, and the one that stands in for it. */
const STAND_IN = /^(1\.8\.26\.0|hidden\d+)$/;

/** One line of a description, or an order of lines, and what stands there instead. */
const DRESSES: readonly (readonly [RegExp, string])[] = [
  [/^s=.*/m, "s=Asterisk PBX 1.8.26.0"],
  [/^s=.*/m, "s=a\tb"],
  [/^s=.*/m, "s=-\r\ni=192.168.1.5\r\nu=http://192.168.1.5/\r\ne=ann@192.168.1.5\r\np=+1 617"],
  [/^o=.*/m, "o=ann@192.168.1.5 abc def IN IP6 fe80::1%eth0"],
  [/^o=.*/m, "o=- 123456789012345678901234567890 1 IN IP4 192.168.1.5"],
  [/^t=.*/m, "t=3724394400 3724398000\r\nr=7d 1h 0 25h\r\nz=2882844526 -1h\r\nk=clear:192.168.1.5"],
  [/^t=.*/m, "t=0 0\r\nt=1 1"],
  [/^m=video 9/m, "m=video 54321"],
  [/^m=video 9/m, "m=video 0"],
  [/^m=video/m, "m=192.168.1.5"],
  [/^m=.*/m, "m=video 9 UDP/TLS/RTP/SAVPF 192.168.1.5"],
  [/^m=.*/m, "m=192.168.1.5"],
  [/^c=.*/m, "c=IN IP6 2001:db8::5\r\nb=AS:500\r\nb=TIAS:500000"],
  [/^c=.*\r\n/m, ""],
  [/BUNDLE 0([\s\S]*)^a=mid:0/m, "BUNDLE 1.8.26.0$1a=mid:1.8.26.0"],
  [/^a=mid:0/m, "a=mid:1.8.26.0"],
  [/^a=msid:.*/m, "a=msid:192.168.1.5 fe80::1"],
  [/^a=msid-semantic:.*/m, "a=msid-semantic: WMS 192.168.1.5"],
  [/cname:.*/gm, "cname:ann@192.168.1.5"],
  [/cname:.*/gm, "msid:192.168.1.5 0a1b.local"],
  [/^a=rtpmap:103 H264/m, "a=rtpmap:103 1.8.26.0"],
  [/^(a=fmtp:103 .*)/m, "$1;x=1.8.26.0"],
  [/^a=fmtp:115 apt=103/m, "a=fmtp:115 x=192.168.1.5;apt=103"],
  [/^a=extmap:3 .*/m, "a=extmap:3 http://192.168.1.5/x"],
  [/^a=rtcp:.*/m, "a=rtcp:54321 IN IP6 2001:db8::5"],
  [/^a=setup:actpass/m, "a=setup:192.168.1.5"],
  [/^a=setup/m, "a=candidate:4 1 udp 1 192.168.1.5 5 typ host\r\na=end-of-candidates\r\na=setup"],
  [/^a=ice-ufrag:.*/m, "a=ice-ufrag:192.168.1.5"],
  [/^a=ice-pwd:.*/m, "a=ice-pwd:typ/IP4/candidate/0123456789"],
  [/^a=fingerprint:.*/m, "a=fingerprint:sha-256 192.168.1.5"],
  [/^a=sendrecv/m, "a=sendrecv\r\na=tool:libnice 0.1.18.5\r\na=x-note:fe80::1"],
  [/$/, "a=rid:1 send x=192.168.1.5\r\na=simulcast:send 1\r\n"],
  [/$/, "m=video 0 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 192.168.1.5\r\na=mid:1\r\na=inactive\r\n"],
];

test("[K12] Chromium takes a description with anything that reads like an address after the filter if it did before", async ({
  profile,
}) => {
  const page = await blankPage(profile);
  const sectionNames = (reading: Reading) =>
    reading.taken
      ? reading.transceivers.map(([mid, kind]) => [mid?.replace(STAND_IN, "a stand-in"), kind])
      : [];
  const answers = (reading: Reading) =>
    reading.taken
      ? reading.answer.map((line) => line.replace(/^m=(192\.168\.1\.5|hidden1) /, "m=a-stand-in "))
      : [];
  let taken = 0;
  for (const [from, to] of DRESSES) {
    const sdp = join(ANDROID).replace(from, to);
    const filtered = passed(sdp);
    const what = `${from} becomes ${JSON.stringify(to)}`;
    expect(sdp, what).not.toBe(join(ANDROID));
    expect.soft(filtered, what).not.toMatch(/192\.168\.1\.5|1\.8\.26\.0|2001:db8|fe80|54321|0a1b\.local/);
    const [before, after] = [await readOffer(page, sdp), await readOffer(page, filtered)];
    expect.soft(after.taken, what).toBe(before.taken);
    expect.soft(sectionNames(after), what).toEqual(sectionNames(before));
    expect.soft(answers(after), what).toEqual(answers(before));
    if (before.taken) taken += 1;
  }
  expect(taken).toBeGreaterThan(20);
});

test("[K10] Chromium takes every relay candidate from the field after the filter, and an end of candidates for the others", async ({
  profile,
}) => {
  const page = await blankPage(profile);
  const offer = join(ANDROID);
  for (const { what, line, passes } of field.candidates) {
    const candidate = { candidate: line, sdpMid: "0", sdpMLineIndex: 0 };
    const signal = withoutAddresses({ kind: "candidate", candidate });
    if (signal.kind !== "candidate") continue;
    expect(signal.candidate.candidate, what).toBe(passes);
    if (passes !== "") expect(await refusalOf(page, { offer, candidate }), what).toBeUndefined();
    expect(await refusalOf(page, { offer, candidate: signal.candidate }), what).toBeUndefined();
  }
});

test("[K10] [K12] a relay candidate finds its section in Chromium though the name of that reads like an address", async ({
  profile,
}) => {
  const page = await blankPage(profile);
  const offer = join(ANDROID).replace(/BUNDLE 0([\s\S]*)^a=mid:0/m, "BUNDLE 1.8.26.0$1a=mid:1.8.26.0");
  const candidate = {
    candidate: "candidate:3 1 udp 41885439 203.0.113.9 50005 typ relay",
    sdpMid: "1.8.26.0",
    sdpMLineIndex: 0,
  };
  expect(await refusalOf(page, { offer, candidate })).toBeUndefined();
  const signal = withoutAddresses({ kind: "candidate", candidate });
  if (signal.kind !== "candidate") throw new Error("a candidate became something else");
  expect(signal.candidate).toEqual({ ...candidate, sdpMid: null });
  expect(await refusalOf(page, { offer: passed(offer), candidate: signal.candidate })).toBeUndefined();
});

/** Lines that name addresses and ports. */
const PLACES = /^(c=|m=|a=rtcp:|a=candidate:)/;

for (const [own, devices] of [
  ["addresses in digits", "camera and microphone"],
  ["names of mDNS", "no devices"],
] as const)
  test(`[K11] [K12] two Chromiums with ${own} negotiate through the filter, and none of these passes`, async ({
    profile,
    web,
  }) => {
    const context = await profile(undefined, devices === "no devices" ? [] : ["camera", "microphone"]);
    const page = await context.newPage();
    await page.goto(web.origin);
    const [ann, bob] = [await openPeer(page, devices), await openPeer(page, devices)];

    /** What the partner gets to read of the description after gathering; nothing but the places is missing. */
    const pass = ({ sdps, candidates }: Told): string => {
      const addresses = candidates.map((line) => line.split(" ")[4] ?? "");
      expect(addresses.length).toBeGreaterThan(0);
      for (const address of addresses) expect(address.endsWith(".local")).toBe(own === "names of mDNS");
      for (const sdp of sdps) {
        const lines = passed(sdp).split("\r\n");
        const others = (all: readonly string[]) => all.filter((line) => !PLACES.test(line));
        expect(others(lines)).toEqual(others(sdp.split("\r\n")));
        for (const address of addresses) expect(lines.join("\n")).not.toContain(address);
        for (const line of lines) expect(line).not.toMatch(/^m=\w+ (?![09] )/);
      }
      return passed(sdps[1]);
    };

    for (const _negotiation of ["first", "ICE restart"]) {
      const offer = await tell(ann, "offer");
      for (const sdp of offer.sdps)
        expect(await readOffer(page, passed(sdp))).toEqual(await readOffer(page, sdp));
      await hear(bob, "offer", pass(offer));
      const answer = await tell(bob, "answer");
      await hear(ann, "answer", pass(answer));
      // Without devices of his own, Bob only listens.
      const direction = devices === "no devices" ? "sendonly" : "sendrecv";
      expect(await directionsOf(ann)).toEqual([direction, direction]);
    }
  });
