import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { environmentNotes, readEnvBytes, readEnvFile, SETTING_NAMES } from "@serendip/settings-file";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const BOTH = { halves: ["server", "web"], file: ".env" } as const;
const RUNS = Number(process.env["FC_RUNS"] ?? 2_000);
const bytesOf = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => readEnvBytes(bytesOf(text), BOTH);
const sentences = (text: string) => read(text).faults.map(({ sentence }) => sentence);

describe("[C90] what is read", () => {
  test.each<[string, string, Record<string, string>]>([
    ["plain lines, and comments", "# ours\nPORT=3002\n  # more\nHOST=::1", { PORT: "3002", HOST: "::1" }],
    ["blanks around name and value", " PORT = 3002 \nHOST\t=\t::1\t\n", { PORT: "3002", HOST: "::1" }],
    ["lines of blanks, which swallow nothing", "PORT=3002\n   \n\t\nHOST=::1", { PORT: "3002", HOST: "::1" }],
    ["Windows' line ends", "PORT=3002\r\n\r\nHOST=::1\r\n", { PORT: "3002", HOST: "::1" }],
    ["a byte order mark", "\uFEFFPORT=3002\n", { PORT: "3002" }],
    ["export, as shells write it", "export PORT=3002\nexport  HOST=::1", { PORT: "3002", HOST: "::1" }],
    [
      "quotes of each kind",
      'ADMIN_TOKEN=\'a#"\'\nHOST="::1"\nPORT=`1`',
      { ADMIN_TOKEN: 'a#"', HOST: "::1", PORT: "1" },
    ],
    ["a comment after a value", "PORT=3002 # ours\nHOST='::1'\t# too\n", { PORT: "3002", HOST: "::1" }],
    [
      "nothing, which counts as unset",
      "PORT=\nHOST=  \nADMIN_TOKEN='' # c\nDATA_DIR= # c\n",
      { PORT: "", HOST: "", ADMIN_TOKEN: "", DATA_DIR: "" },
    ],
    [
      "equals signs and quotes inside",
      "SESSION_SECRET=a=b==\nADMIN_TOKEN=a'b\"c",
      { SESSION_SECRET: "a=b==", ADMIN_TOKEN: "a'b\"c" },
    ],
    ["a name twice with one value", "PORT=3002\nPORT='3002'", { PORT: "3002" }],
    [
      "a $ that means nothing to a shell",
      "ADMIN_TOKEN=a$b$\nTURN_CREDENTIAL='$(x)$HOST'\nTURN_SECRET='$NAME'",
      { ADMIN_TOKEN: "a$b$", TURN_CREDENTIAL: "$(x)$HOST", TURN_SECRET: "$NAME" },
    ],
  ])("%s", (_, text, settings) => {
    expect(read(text)).toEqual({ settings, faults: [] });
  });

  const name = fc.constantFrom(...SETTING_NAMES.server, ...SETTING_NAMES.web);
  const blanks = fc.stringMatching(/^ {0,2}$/);
  const value = fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "B", "1", "=", "#", "'", '"', "`", "$", " ", "\\n", "é", "{") }),
    fc.string({ unit: "grapheme", maxLength: 12 }),
  );
  const quoted = fc
    .tuple(fc.constantFrom("'", '"', "`"), value)
    .map(([quote, text]) => `${quote}${text}${quote}`);
  const line = fc
    .tuple(
      blanks,
      fc.constantFrom("", "export "),
      name,
      blanks,
      blanks,
      fc.oneof(value, quoted),
      fc.constantFrom("", " # ours", "#", "\r"),
    )
    .map(
      ([before, shell, key, left, right, text, after]) =>
        `${before}${shell}${key}${left}=${right}${text}${after}`,
    );

  test("whatever is taken, Node's parseEnv takes for the same", { timeout: 120_000 }, () => {
    let taken = 0;
    const lines = fc.array(fc.oneof({ weight: 5, arbitrary: line }, fc.constantFrom("", "# a=b", "   ")), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(lines, (given) => {
        const { settings, faults } = read(given.join("\n"));
        if (faults.length > 0) return;
        taken += Object.values(settings).some((text) => text !== "") ? 1 : 0;
        // A line of blanks makes Node take the name below it for another one.
        const known = given.filter((text) => text.trim() !== "").map((text) => text.replace(/^ +/, ""));
        expect({ ...parseEnv(`${known.join("\n")}\n`) }).toEqual(settings);
      }),
      { numRuns: RUNS },
    );
    expect(taken).toBeGreaterThan(RUNS / 20);
  });

  test("no file is ever too odd to be read, and no value is repeated in a fault", {
    timeout: 120_000,
  }, () => {
    const secret = "hU9-zz";
    const odd = fc.array(
      fc.oneof(
        line,
        fc.constantFrom(
          `PORT: ${secret}`,
          `export ${secret}`,
          secret,
          `${secret}=`,
          `TURN_SECRET="${secret}`,
          `set HOST=${secret}`,
          `LOG_LEVL=${secret}#${secret}`,
        ),
        value,
      ),
    );
    fc.assert(
      fc.property(odd, fc.constantFrom("\n", "\r\n", "\r", "\u2028"), (lines, end) => {
        const { faults } = read(lines.join(end));
        for (const { sentence } of faults) {
          expect(sentence).toMatch(/^Line \d+ of \.env: .*[.?]$/);
          expect(sentence).not.toContain(secret);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe("[C90] what is refused, by name and line and never with its value", () => {
  test.each<[string, string, RegExp]>([
    ["a colon", "PORT: 4102", /^Line 1 of \.env: PORT has a colon where an equals sign belongs/],
    [
      "a misspelt name",
      "\nLOG_LEVL=debug",
      /^Line 2 of \.env: LOG_LEVL is not a setting; did you mean LOG_LEVEL\?$/,
    ],
    ["one letter too few", "TURN_URL=turn:a.test", /TURN_URL is not a setting; did you mean TURN_URLS\?$/],
    ["a forgotten unit", "TURN_TTL=1000", /did you mean TURN_TTL_MS\?$/],
    ["small letters", "port=3002", /port is not a setting; did you mean PORT\?$/],
    ["another joint", "Log-Level=debug", /^Line 1 of \.env: it is neither/],
    ["an unknown name", "DATABASE_URL=x", /DATABASE_URL is not a setting; \.env\.example lists all/],
    [
      "a value cut by #",
      "TURN_CREDENTIAL=pa55#word!long",
      /the value of TURN_CREDENTIAL would be cut off at its #/,
    ],
    [
      "a value that begins with #",
      "TURN_CREDENTIAL=#word",
      /the value of TURN_CREDENTIAL would be cut off at its #/,
    ],
    ["a # before that of the comment", "ADMIN_TOKEN=a#b # c", /the value of ADMIN_TOKEN would be cut off/],
    [
      "an open quote",
      'HOST="::1\nPORT=3002\nLOG_LEVEL="info"',
      /^Line 1 of \.env: the value of HOST has no closing quote/,
    ],
    [
      "more after the quote",
      "ADMIN_TOKEN='it's'",
      /the value of ADMIN_TOKEN goes on after its closing quote/,
    ],
    ["a comment right after the quote", "ADMIN_TOKEN='its'#s", /goes on after its closing quote/],
    [
      "a line break that nobody meant",
      'DATA_DIR="C:\\new"',
      /the value of DATA_DIR has \\n in double quotes/,
    ],
    ["blanks inside the quotes", 'SESSION_SECRET="  "', /SESSION_SECRET begins or ends with a blank/],
    ["a blank at the end inside them", "TURN_SECRET='a '", /TURN_SECRET begins or ends with a blank/],
    ["typographic quotes", "ADMIN_TOKEN=\u201cabc\u201d", /ADMIN_TOKEN has a typographic quote/],
    [
      "a hard blank",
      "PORT=\u00a03002",
      /the value of PORT has an invisible character in or beside it \(U\+00A0\)/,
    ],
    ["a hard blank in the name", "PORT\u00a0=3002", /^Line 1 of \.env: PORT has an invisible character/],
    [
      "a byte order mark further down",
      "HOST=::1\n\uFEFFPORT=1",
      /^Line 2 of \.env: PORT has an invisible .*U\+FEFF/,
    ],
    ["a command for a shell", 'TURN_SECRET="$(cat secret)"', /TURN_SECRET has a \$ for a shell/],
    ["nothing but a variable", "ADMIN_TOKEN=$MYTOKEN", /ADMIN_TOKEN has a \$ for a shell/],
    [
      "nothing but a variable in double quotes",
      'ADMIN_TOKEN="$my_token"',
      /ADMIN_TOKEN has a \$ for a shell/,
    ],
    ["a variable", "SIGNALING_URL=http://$HOST:3001", /SIGNALING_URL has a \$ for a shell/],
    ["set", "set PORT=3002", /PORT is set with a command of a shell/],
    ["PowerShell", '$env:PORT = "3002"', /PORT is set with a command of a shell/],
    ["no equals sign", "PORT 3002", /^Line 1 of \.env: PORT is neither NAME=value nor a comment/],
    ["another comment sign", "; ours", /^Line 1 of \.env: it is neither NAME=value nor a comment/],
    ["two values", "PORT=1\nHOST=a\nPORT=2", /^Line 3 of \.env: PORT has another value on line 1; keep one/],
    [
      "what only the environment can do",
      "NODE_EXTRA_CA_CERTS=/ca.pem",
      /NODE_EXTRA_CA_CERTS works only in the environment/,
    ],
    ["the same for Node's options", "NODE_OPTIONS=--inspect", /NODE_OPTIONS works only in the environment/],
    [
      "old line ends",
      "# ours\rPORT=3002\r",
      /^Line 1 of \.env: it has a line end of another kind in it \(U\+000D\)/,
    ],
  ])("%s", (_, text, sentence) => {
    expect(sentences(text)).toEqual([expect.stringMatching(sentence)]);
  });

  test("all at once", () => {
    const text = "PORT: 1\nLOG_LEVL=a\nTURN_SECRET=b#c\nFOO_BAR=d\nHOST='::1'\nHOST=::\nWEB_PRT=x#y\n";
    expect(sentences(text).map((one) => /^Line (\d)/.exec(one)?.[1])).toEqual([
      "1",
      "2",
      "3",
      "4",
      "6",
      "7",
      "7",
    ]);
    expect(read(text).faults.map(({ name }) => name)).toEqual([
      "PORT",
      "LOG_LEVEL",
      "TURN_SECRET",
      "FOO_BAR",
      "HOST",
      "WEB_PORT",
      "WEB_PORT",
    ]);
  });

  test("the rest of a secret that was broken in two is no name to repeat", () => {
    for (const rest of [
      "q0ZC9mHk7Tn2VxYb==",
      "ABCD=",
      "deadbeef==",
      "q0ZC9mHk7=x",
      "0f8fad5b",
      "abcdef0123456789",
    ]) {
      const [fault = ""] = sentences(`SESSION_SECRET=abc\n${rest}`);
      expect(fault).toMatch(/^Line 2 of \.env: (it|its name) /);
      expect(fault).not.toContain(rest.replaceAll("=", ""));
    }
  });

  test("a setting of the other half, where only one half reads the file", () => {
    const bytes = bytesOf("PORT=1\nWEB_PORT=2\nVITE_STUN_URLS=stun:a.test\n");
    expect(read("PORT=1\nWEB_PORT=2\nVITE_STUN_URLS=stun:a.test\n").faults).toEqual([]);
    const { faults } = readEnvBytes(bytes, { file: ".env", halves: ["server"] });
    expect(faults.map(({ sentence }) => sentence)).toEqual([
      expect.stringMatching(
        /^Line 2 .*WEB_PORT is a setting of the web client, which does not read this file/,
      ),
      expect.stringMatching(/^Line 3 .*VITE_STUN_URLS is a setting of the web client/),
    ]);
  });
});

describe("[C90] the file itself", () => {
  let folder = "";
  let file = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "serendip-env-"));
    file = join(folder, ".env");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("there need not be one", () => {
    expect(readEnvFile(file, BOTH)).toEqual({ found: false, settings: {}, faults: [], notes: [] });
  });

  test.each<[string, () => void, RegExp]>([
    ["a folder", () => mkdirSync(file), /is a folder; delete it, or write a file/],
    [
      "a link to nothing",
      () => symlinkSync(join(folder, "gone"), file),
      /is a link to a file that does not exist/,
    ],
    ["a link to itself", () => symlinkSync(file, file), /cannot be read \(ELOOP\)/],
    [
      "UTF-16",
      () => writeFileSync(file, Buffer.from("\uFEFFPORT=1", "utf16le")),
      /is written in UTF-16, .* save it as UTF-8/,
    ],
  ])("%s in its place is refused with what to do", (_, make, sentence) => {
    make();
    const { found, settings, faults } = readEnvFile(file, BOTH);
    expect({ found, settings }).toEqual({ found: true, settings: {} });
    expect(faults).toEqual([{ name: undefined, sentence: expect.stringMatching(sentence) }]);
    expect(faults[0]?.sentence).toContain(`The file ${file} `);
  });

  test("files beside it that look like it, and are not read, are named", () => {
    for (const name of [".env.local", ".env.txt", ".env.example", ".env.bak", "env"])
      writeFileSync(join(folder, name), "");
    writeFileSync(file, "");
    expect(readEnvFile(file, BOTH).notes.map((note) => note.split(" ")[2])).toEqual([
      ".env.local",
      ".env.txt",
      "env",
    ]);
  });
});

test("[C90] in the environment, only what is nearly a setting is worth a word", () => {
  const env = {
    HOME: "/root",
    HOSTNAME: "a",
    PATH: "",
    TERM: "",
    POSTGRES_URL: "x",
    DB_HOST: "b",
    LOG_LEVL: "debug",
    TURN_URL: "turn:a",
    WEB_PRT: "1",
    PORT: "1",
  };
  const notesFor = (half: "server" | "web") => environmentNotes(env, half).map(({ sentence }) => sentence);
  expect(notesFor("server")).toEqual([
    "LOG_LEVL in the environment is not a setting and has no effect; did you mean LOG_LEVEL?",
    "TURN_URL in the environment is not a setting and has no effect; did you mean TURN_URLS?",
  ]);
  expect(notesFor("web")).toEqual([expect.stringMatching(/^WEB_PRT .* did you mean WEB_PORT\?$/)]);
  expect(environmentNotes({ Port: "1", PORT: "1" }, "server")).toEqual([]);
});

test.each(["SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF", "NODE_EXTRA_CA_CERTS", "UV_THREADPOOL_SIZE"])(
  "[C90] %s, which Node reads itself, is taken for no setting",
  (name) => {
    expect(environmentNotes({ [name]: "/etc/ssl/own.pem" }, "server")).toEqual([]);
    const { faults } = readEnvBytes(Buffer.from(`${name}=/etc/ssl/own.pem\n`), {
      file: ".env",
      halves: ["server"],
    });
    expect(faults).toEqual([
      { name, sentence: expect.stringContaining(`${name} works only in the environment`) },
    ]);
  },
);

test("[C90] NODE_EVN is NODE_ENV misspelt, and nothing that Node reads", () => {
  expect(environmentNotes({ NODE_EVN: "production" }, "server")).toEqual([
    { meant: "NODE_ENV", sentence: expect.stringContaining("did you mean NODE_ENV?") },
  ]);
});
