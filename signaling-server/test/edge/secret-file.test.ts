import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keptSecret, SecretFileFailed } from "../../src/edge/secret-file.ts";

const HERE = fileURLToPath(new URL("../..", import.meta.url));
const STEPS = fileURLToPath(new URL("secret-steps.ts", import.meta.url));
const GOOD = "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6";
const LIMIT_MS = 120_000;

let root = "";
const children: ChildProcess[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "serendip-secret-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  await rm(root, { recursive: true, force: true });
});

const warnings: string[] = [];
const keep = (directory: string) =>
  keptSecret(directory, { warn: (sentence) => void warnings.push(sentence) });
const fileIn = (directory: string) => join(directory, "session-secret");

/** What may be there when a server starts for the first time: nothing, or what an earlier start that was cut off has left. */
const BEFORE = { nothing: undefined, "an empty file": "" } as const;
type Before = keyof typeof BEFORE;

async function folder(name: string, before: Before): Promise<string> {
  const directory = join(root, name);
  await mkdir(directory);
  const content = BEFORE[before];
  if (content !== undefined) await writeFile(fileIn(directory), content);
  return directory;
}

/** A process that does what it is asked, line by line; undefined once it has ended. */
function program() {
  const args = ["--import", "tsx", "--conditions=@serendip/source", STEPS];
  const child = spawn(process.execPath, args, { cwd: HERE, stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (line: string): Promise<string | undefined> => {
    child.stdin.write(`${line}\n`);
    const answer = await lines.next();
    return answer.done ? undefined : answer.value;
  };
  return { child, ask };
}

const isSecret = expect.stringMatching(/^secret [\w-]{64} \d+$/);
const secretOf = (answer: string | undefined) => answer?.split(" ")[1];

describe.each(["nothing", "an empty file"] as const)(
  "[S1] the kept secret, where %s was before",
  (before) => {
    /** How many steps a start has that meets no trouble. */
    const stepsOf = async ({ ask }: ReturnType<typeof program>): Promise<readonly number[]> => {
      const answer = await ask(`${await folder("calm", before)} 0`);
      expect(answer).toEqual(isSecret);
      const steps = Number(answer?.split(" ")[2]);
      expect(steps).toBeGreaterThan(5);
      return Array.from({ length: steps }, (_, index) => index + 1);
    };

    test("many servers that start at once get the same one", { timeout: LIMIT_MS }, async () => {
      const servers = Array.from({ length: 5 }, program);
      for (let round = 0; round < 20; round += 1) {
        const directory = await folder(`round-${round}`, before);
        const answers = await Promise.all(servers.map(({ ask }) => ask(directory)));
        expect(answers).toEqual(servers.map(() => isSecret));
        expect(new Set(answers.map(secretOf)).size).toBe(1);
        expect((await readFile(fileIn(directory), "utf8")).trim()).toBe(secretOf(answers[0]));
      }
    });

    test("a start that is killed at any step bars no later one", { timeout: LIMIT_MS }, async () => {
      const left = [...(await stepsOf(program()))];
      const work = async () => {
        for (let step = left.shift(); step !== undefined; step = left.shift()) {
          const directory = await folder(`step-${step}`, before);
          const { child, ask } = program();
          expect(await ask(`${directory} ${step} SIGKILL`)).toBeUndefined();
          if (child.signalCode === null) await once(child, "exit");
          expect(child.signalCode).toBe("SIGKILL");
          const secret = await keep(directory);
          expect(secret).toHaveLength(64);
          expect(await keep(directory)).toBe(secret);
        }
      };
      await Promise.all([work(), work(), work()]);
    });

    test("a start that stands still at any step has the same one in the end", {
      timeout: LIMIT_MS,
    }, async () => {
      const slow = program();
      for (const step of await stepsOf(slow)) {
        const directory = await folder(`step-${step}`, before);
        expect(await slow.ask(`${directory} ${step} wait`)).toMatch(/^at /);
        const secret = await keep(directory);
        expect(secretOf(await slow.ask("go on"))).toBe(secret);
        expect(await keep(directory)).toBe(secret);
      }
    });

    test("a full disk is said and bars no later start", { timeout: LIMIT_MS }, async () => {
      const full = program();
      let said = 0;
      for (const step of await stepsOf(full)) {
        const directory = await folder(`step-${step}`, before);
        const answer = await full.ask(`${directory} ${step} ENOSPC`);
        const secret = await keep(directory);
        expect(await keep(directory)).toBe(secret);
        // Not every step is needed for it.
        if (secretOf(answer) === secret) continue;
        said += 1;
        expect(answer).toMatch(
          /^failed .*No secret could be kept in .*: ENOSPC.*\. Set SESSION_SECRET instead/,
        );
      }
      expect(said).toBeGreaterThan(3);
    });
  },
);

describe("[C90] where the secret shall be kept", () => {
  const failureIn = (directory: string) => keep(directory).then(String, String);

  test("folders that are missing are made, for this user only", async () => {
    const directory = join(root, "a", "b", "c");
    expect(await keep(directory)).toHaveLength(64);
    for (const made of [directory, join(root, "a")]) expect((await stat(made)).mode & 0o777).toBe(0o700);
    const link = join(root, "link");
    await symlink(directory, link);
    expect(await keep(link)).toBe(await keep(directory));
  });

  test("a file in the place of the folder, or of one above it, is said", async () => {
    const file = join(root, "file");
    await writeFile(file, "");
    expect(await failureIn(file)).toContain(
      `kept in ${file}: ${file} is a file; delete it, or name a folder in DATA_DIR. Or set SESSION_SECRET.`,
    );
    expect(await failureIn(join(file, "a", "b"))).toContain(
      "a part of that path is a file; name another one in DATA_DIR. Or set SESSION_SECRET.",
    );
  });

  test.skipIf(process.platform !== "linux")(
    `a place where no folder can be made is said at once${process.platform === "linux" ? "" : " (skipped: needs Linux)"}`,
    async () => {
      for (const directory of ["/proc/nope", "/proc/nope/deeper"])
        expect(await failureIn(directory)).toContain(
          "no folder can be made there; name another one in DATA_DIR. Or set",
        );
    },
  );
});

describe("[S1] what the file holds", () => {
  test.each([
    ["without a line end", GOOD],
    ["with Unix' line end", `${GOOD}\n`],
    ["with Windows' line end", `${GOOD}\r\n`],
    ["with a byte order mark", `\uFEFF${GOOD}\n`],
  ])("%s it is the same secret", async (_, content) => {
    await writeFile(fileIn(root), content, { mode: 0o600 });
    expect(await keep(root)).toBe(GOOD);
  });

  test.each<[string, string | Buffer, RegExp]>([
    ["UTF-16", Buffer.from(`\uFEFF${GOOD}`, "utf16le"), /is written in UTF-16, .* delete it/],
    ["a blank", `${GOOD} ${GOOD}`, /has a blank in it, so it is damaged; delete it/],
    ["a blank at its end", `${GOOD} \n`, /has a blank in it/],
    ["two lines", `${GOOD}\n${GOOD}\n`, /has more than one line/],
    ["a line end alone", "\n", /is shorter than 32 bytes/],
    ["half a secret", GOOD.slice(0, 20), /is shorter than 32 bytes, so it is damaged; delete it/],
    ["zeros, as after a power cut", Buffer.alloc(65), /has a NUL byte on line 1/],
  ])(
    "%s is refused in a sentence that repeats nothing of it, and is not replaced",
    async (_, content, sentence) => {
      await writeFile(fileIn(root), content);
      const failure = await keep(root).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(SecretFileFailed);
      expect(String(failure)).toMatch(sentence);
      expect(String(failure)).toContain(fileIn(root));
      expect(String(failure)).toMatch(/the server makes another one\. Or set SESSION_SECRET\.$/);
      expect(String(failure)).not.toContain(GOOD.slice(0, 10));
      expect(await readFile(fileIn(root))).toEqual(Buffer.from(content));
    },
  );

  test("a secret that was deleted never comes back", async () => {
    const secrets = new Set<string>();
    const emptied = () => writeFile(fileIn(root), "", { mode: 0o600 });
    const deleted = () => rm(fileIn(root));
    for (const put of [emptied, deleted, emptied, emptied, deleted]) {
      await (secrets.size === 0 ? emptied() : put());
      secrets.add(await keep(root));
    }
    expect(secrets.size).toBe(5);
    expect(await readdir(root)).toEqual(["session-secret"]);
  });

  test("nor does it out of what a start that was cut off has left beside it", async () => {
    await writeFile(`${fileIn(root)}.agreed`, GOOD);
    await writeFile(fileIn(root), `${GOOD}\n`, { mode: 0o600 });
    expect(await keep(root)).toBe(GOOD);
    await writeFile(fileIn(root), "");
    expect(await keep(root)).not.toBe(GOOD);
  });

  test("a folder in its place is named", async () => {
    await mkdir(fileIn(root));
    await expect(keep(root)).rejects.toThrow(/session-secret is a folder; delete it/);
  });

  test("it is for this user only, and a file that others may read is warned about", async () => {
    await keep(root);
    expect((await stat(fileIn(root))).mode & 0o777).toBe(0o600);
    expect(warnings).toEqual([]);
    await chmod(fileIn(root), 0o640);
    await keep(root);
    expect(warnings.splice(0)).toEqual([expect.stringMatching(/^Other users may read .*: chmod 600 /)]);
  });
});
