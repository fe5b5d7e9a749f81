import { describe, expect, it } from "vitest";
import type { Arrange } from "./scene.ts";

export function sessionRules(arrange: Arrange): void {
  describe("sessions", () => {
    it("[S9] [C21] a new person is idle, and counted", async () => {
      const scene = await arrange();
      const ann = scene.page();
      expect(await ann.enter()).toMatchObject({ resumed: false, epoch: 1, state: { kind: "idle" } });
      expect(await scene.store.stats()).toMatchObject({ sessions: 1, online: 1, waiting: 0, rooms: 0 });
      expect(ann.heard).toEqual([]);
    });

    it("[N6] a person with a session is known, also in grace, and nobody else", async () => {
      const scene = await arrange();
      const [ann] = await scene.call();
      expect(await scene.store.knows(ann.userId)).toBe(true);
      expect(await scene.store.knows("00000000-0000-4000-8000-000000000000")).toBe(false);
      await ann.drop("dropped");
      expect(await scene.store.knows(ann.userId)).toBe(true);
      await ann.resume();
      await ann.drop("bye");
      expect(await scene.store.knows(ann.userId)).toBe(false);
    });

    it("[S9] an idle session without a socket is forgotten at once", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      await ann.drop("dropped");
      expect(await scene.store.stats()).toMatchObject({ sessions: 0, online: 0, graces: 0 });
      expect(await ann.resume()).toMatchObject({ resumed: false, state: { kind: "idle" } });
    });

    it("[S4] [C13] [I1] the same page on a second socket takes over silently", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const room = await ann.room();
      ann.forgetHeard();
      ben.forgetHeard();
      expect(await ann.resume()).toMatchObject({ resumed: true, epoch: 2, state: { kind: "in-room", room } });
      expect(ann.bodies("bye")).toEqual([{ code: "session_resumed", reconnect: "now" }]);
      expect(ann.heard).toHaveLength(1);
      expect(ben.heard).toEqual([]);
    });

    it("[S4] a page of the same tab needs no secret, but counts as without its peer connection", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const answer = await ann.resume({ resume: "none" });
      expect(answer).toMatchObject({ resumed: true, state: { kind: "in-room", room: { generation: 2 } } });
      expect(ben.bodies("partner-back")).toMatchObject([{ generation: 2, role: "initiator" }]);
    });

    it("[S4] a valid secret is enough where the tab's id has changed", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      await ann.find("the-search");
      const elsewhere = scene.page({ userId: ann.userId });
      const answer = await elsewhere.enter({ resume: ann.credentials });
      expect(answer).toMatchObject({ resumed: true, state: { kind: "queued", requestId: "the-search" } });
      expect(ann.bodies("bye")).toMatchObject([{ code: "session_resumed" }]);
    });

    it("[S5] [C10] [C13] another tab takes over: the call ends, and the older tab is told to be quiet", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const { roomId } = await ann.room();
      const second = scene.page({ userId: ann.userId });
      expect(await second.enter()).toMatchObject({ resumed: false, state: { kind: "idle" } });
      expect(ann.bodies("bye")).toEqual([{ code: "superseded", reconnect: "no" }]);
      expect(ben.bodies("partner-left")).toEqual([{ roomId, reason: "superseded" }]);
      expect(await scene.store.stats()).toMatchObject({ sessions: 2, online: 2, rooms: 0 });
    });

    it("[S5] [I9] a place in the queue moves to the newer tab", async () => {
      const scene = await arrange({ rematchMs: 0 });
      const ann = await scene.enter();
      await ann.find("the-search");
      await scene.pass(4_000);
      const second = scene.page({ userId: ann.userId });
      const answer = await second.enter();
      expect(answer).toMatchObject({ resumed: false, state: { kind: "queued", requestId: "the-search" } });
      const [report] = (await scene.store.inspect(1)).sessions;
      expect(report?.waitingSince).toBe(scene.clock.now() - 4_000);
    });

    it("[S5] [I19] the older tab cannot come back by its secret: it is another tab now", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      const second = scene.page({ userId: ann.userId });
      await second.enter();
      await second.find();
      expect(await ann.hello()).toMatchObject({ ok: true, resumed: false });
      expect(second.bodies("bye")).toMatchObject([{ code: "superseded" }]);
    });

    it("[S5] [C12] two tabs do not fight: the fourth takeover in a minute needs the person's word", async () => {
      const scene = await arrange();
      const tabs = [await scene.enter()];
      const [first] = tabs;
      const another = () => scene.page({ userId: first?.userId ?? "" });
      for (let n = 0; n < 3; n += 1) expect(await another().hello()).toMatchObject({ ok: true });
      const before = await scene.store.inspect(10);
      expect(await another().hello()).toEqual({ ok: false, code: "superseded" });
      expect(await scene.store.inspect(10)).toEqual(before);
      expect(await another().hello({ force: true })).toMatchObject({ ok: true });
      expect(await another().hello()).toEqual({ ok: false, code: "superseded" });
      await scene.pass(60_000);
      expect(await another().hello()).toMatchObject({ ok: true });
      expect(await scene.store.stats()).toMatchObject({ sessions: 1, online: 1 });
    });

    it("[S5] [C12] eight tabs of one person leave one live connection, and seven byes", async () => {
      const scene = await arrange();
      const first = await scene.enter();
      const tabs = [first];
      for (let n = 1; n < 8; n += 1) {
        const tab = scene.page({ userId: first.userId });
        await tab.enter({ force: true });
        tabs.push(tab);
      }
      expect(tabs.map((tab) => tab.bodies("bye").length)).toEqual([1, 1, 1, 1, 1, 1, 1, 0]);
      expect(await scene.store.stats()).toMatchObject({ sessions: 1, online: 1 });
    });

    it("[S5] an absent tab is followed by another one without any limit", async () => {
      const scene = await arrange({ takeoverLimit: 0 });
      const [ann, ben] = await scene.call();
      await ann.drop("unload");
      const second = scene.page({ userId: ann.userId });
      expect(await second.hello()).toMatchObject({ ok: true, state: { kind: "idle" } });
      expect(ben.bodies("partner-left")).toMatchObject([{ reason: "superseded" }]);
      expect(await scene.store.stats()).toMatchObject({ graces: 0, rooms: 0 });
    });

    it("[S6] [I2] what an older socket still sends changes nothing", async () => {
      const scene = await arrange();
      const [ann] = await scene.call();
      const { roomId } = await ann.room();
      const late = ann.caller;
      await ann.resume();
      const before = await scene.store.inspect(10);
      const requestId = "late";
      for (const command of [
        { type: "find", caller: late, requestId, relayOnly: false },
        { type: "rebuild", caller: late, requestId, roomId, generation: 1 },
        { type: "leave", caller: late, requestId },
        { type: "ready", caller: late, requestId, roomId },
        { type: "give-up", caller: late, requestId, roomId },
        { type: "raise-generation", caller: late, roomId, generation: 1, role: "initiator" },
        { type: "detach", caller: late, cause: "bye" },
      ] as const) {
        const outcome = await ann.send(command);
        expect(outcome).toEqual({ answer: { ok: false, code: "stale_session" }, notices: [], facts: [] });
      }
      expect(await scene.store.inspect(10)).toEqual(before);
      expect(await scene.store.status(late)).toBeUndefined();
    });

    it("[S10] a hello that comes late from an abandoned attempt changes nothing, and is answered with the newest number", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const late = ann.begin();
      await ann.resume();
      const { caller } = ann;
      const before = await scene.store.inspect(10);
      for (const page of [ann, ben]) page.forgetHeard();
      const outcome = await ann.send(late);
      expect(outcome).toEqual({
        answer: { ok: false, code: "stale_connection", newestConnection: 3 },
        notices: [],
        facts: [],
      });
      expect(await scene.store.inspect(10)).toEqual(before);
      expect([...ann.heard, ...ben.heard]).toEqual([]);
      expect(ann.caller).toEqual(caller);
      expect(await ann.status()).toBeDefined();
    });

    it("[S10] a hello that comes twice counts once", async () => {
      const scene = await arrange();
      const ann = scene.page();
      const hello = ann.begin();
      expect((await ann.send(hello)).answer).toMatchObject({ ok: true, epoch: 1 });
      expect((await ann.send(hello)).answer).toMatchObject({ ok: false, newestConnection: 1 });
    });

    it("[S10] a tab that lost its count gets in with the next attempt: the fence locks nobody out", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      for (let n = 0; n < 5; n += 1) await ann.resume();
      expect(await ann.hello({ connection: 1 })).toEqual({
        ok: false,
        code: "stale_connection",
        newestConnection: 6,
      });
      expect(await ann.hello()).toMatchObject({ ok: true, resumed: true });
    });

    it("[S10] [S5] a late hello of a tab that was taken over does not take the session from the newer tab", async () => {
      const scene = await arrange();
      const here = await scene.enter();
      const late = here.begin();
      await here.resume();
      const there = scene.page({ userId: here.userId });
      await there.enter();
      await there.find();
      expect((await here.send(late)).answer).toMatchObject({ code: "stale_connection" });
      expect(there.bodies("bye")).toEqual([]);
      expect(await there.state()).toMatchObject({ kind: "queued" });
      // A person's press there is a new attempt.
      expect(await here.hello({ force: true })).toMatchObject({ ok: true });
      expect(there.bodies("bye")).toMatchObject([{ code: "superseded" }]);
    });

    it("[S10] [S5] an attempt that is refused counts: no older one of its tab takes the session later", async () => {
      const scene = await arrange({ takeoverLimit: 1 });
      const there = await scene.enter();
      const here = scene.page({ userId: there.userId });
      const ben = await scene.enter();
      await here.enter();
      await there.hello({ force: true });
      const late = here.begin();
      expect(await here.hello()).toEqual({ ok: false, code: "superseded" });
      await ben.find();
      await there.find();
      for (const page of [there, ben]) await page.ready();
      for (const page of [there, ben]) page.forgetHeard();
      // By now the tabs have been quiet long enough, so that a new attempt would be let in.
      await scene.pass(scene.settings.takeoverWindowMs);
      expect((await here.send(late)).answer).toEqual({
        ok: false,
        code: "stale_connection",
        newestConnection: 3,
      });
      expect([...there.heard, ...ben.heard]).toEqual([]);
      expect(await there.state()).toMatchObject({ kind: "in-room" });
      expect(await here.hello()).toMatchObject({ ok: true });
    });

    it("[S10] attempts of many tabs that are refused push out neither the count of the tab that has the session nor more than eight", async () => {
      const scene = await arrange({ takeoverLimit: 0 });
      const here = await scene.enter();
      const late = here.begin();
      await here.resume();
      const others = Array.from({ length: 12 }, () => scene.page({ userId: here.userId }));
      for (const page of others) expect(await page.hello({ connection: 5 })).toMatchObject({ ok: false });
      expect((await here.send(late)).answer).toMatchObject({ code: "stale_connection", newestConnection: 3 });
      const codes: unknown[] = [];
      for (const page of others) codes.push(await page.hello({ connection: 4 }));
      const known = codes.filter((answer) => JSON.stringify(answer).includes("stale_connection"));
      expect(known.length).toBeLessThanOrEqual(7);
    });

    it("[S10] [V2] a page that does not count its connections is let in as ever", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      for (let n = 0; n < 3; n += 1)
        expect(await ann.hello({ connection: "none" })).toMatchObject({ ok: true, resumed: true });
    });

    it("[S10] [S9] what a session knows of connections ends with it, and is bounded in tabs (I20)", async () => {
      const scene = await arrange({ takeoverLimit: 100 });
      const first = await scene.enter();
      let last = first;
      for (let n = 0; n < 30; n += 1) {
        last = scene.page({ userId: first.userId });
        await last.enter({ connection: 7 });
      }
      // Tabs of long ago are forgotten, and so nobody grows a session.
      expect(await first.hello({ connection: 1, force: true })).toMatchObject({ ok: true });
      await first.drop("bye");
      expect(await last.hello({ connection: 7 })).toMatchObject({ ok: true, resumed: false });
    });

    it("[S6] an attach says how many welcomes went into dead connections", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      const known = ann.credentials;
      await ann.resume();
      await ann.resume();
      await ann.hello({ resume: known });
      const missed = scene.facts.flatMap((fact) =>
        fact.type === "session-attached" ? [fact.missedWelcomes] : [],
      );
      expect(missed).toEqual([0, 0, 2]);
    });

    it("[S6] [C7] a session without a socket cannot be spoken for", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      await ann.find();
      await ann.drop("dropped");
      expect(await ann.leave()).toEqual({ ok: false, code: "stale_session" });
      expect(await scene.store.stats()).toMatchObject({ waiting: 1, graces: 1 });
    });

    it("[S7] [S8] [I19] a forged resume of somebody else's session gives a new one and touches nothing", async () => {
      const scene = await arrange();
      const [ann, ben] = await scene.call();
      const look = async () => {
        const { sessions, rooms } = await scene.store.inspect(2);
        return { sessions, rooms };
      };
      const before = await look();
      ann.forgetHeard();
      ben.forgetHeard();
      for (const resumeSecret of [ann.credentials.resumeSecret, "a-secret-that-was-guessed"]) {
        const mallory = scene.page();
        const answer = await mallory.enter({ resume: { ...ann.credentials, resumeSecret } });
        expect(answer).toMatchObject({ resumed: false, epoch: 1, state: { kind: "idle" } });
        expect(answer.sessionId).not.toBe(ann.credentials.sessionId);
      }
      expect(await look()).toEqual(before);
      expect([...ann.heard, ...ben.heard]).toEqual([]);
    });

    it("[S7] [C30] a resume that comes too late gives a new idle session, never an error", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      await ann.find();
      await ann.drop("dropped");
      await scene.pass(3_000);
      expect(await ann.resume()).toMatchObject({ resumed: false, epoch: 1, state: { kind: "idle" } });
      expect(await ann.find()).toMatchObject({ state: { kind: "queued" } });
    });

    it("an id that is taken is not given to a second session", async () => {
      const scene = await arrange();
      const ann = await scene.enter();
      const outcome = await scene.page().send({
        type: "attach",
        userId: "00000000-0000-4000-8000-ffffffffffff",
        deviceGroup: undefined,
        networkKey: undefined,
        deviceKey: "a-device",
        tabId: "another-tab",
        connection: 1,
        socketId: "another-socket",
        force: false,
        resume: undefined,
        ticket: undefined,
        newSessionId: ann.credentials.sessionId,
        newResumeSecret: "another-secret-entirely",
      });
      expect(outcome.answer).toEqual({ ok: false, code: "internal" });
      expect(await scene.store.stats()).toMatchObject({ sessions: 1 });
    });
  });
}
