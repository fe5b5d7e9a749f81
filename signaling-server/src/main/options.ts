import { SERVER_SETTINGS } from "../config.ts";

/** What the command line asks for. */
export type Asked = "serve" | "help" | "check-config" | { readonly unknown: string };

const OPTIONS: ReadonlyMap<string, Exclude<Asked, object>> = new Map([
  ["--help", "help"],
  ["-h", "help"],
  ["--check-config", "check-config"],
]);

/** @param args what follows the program's name */
export function readOptions(args: readonly string[]): Asked {
  const unknown = args.find((arg) => !OPTIONS.has(arg));
  if (unknown !== undefined) return { unknown };
  const asked = args.map((arg) => OPTIONS.get(arg));
  // Who asks for help wants nothing else to happen.
  if (asked.includes("help")) return "help";
  return asked.includes("check-config") ? "check-config" : "serve";
}

const WIDTH = 100;
const INDENT = "      ";

function wrapped(text: string): string {
  const lines: string[] = [];
  let line = INDENT;
  for (const word of text.split(" ")) {
    if (line.length > INDENT.length && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = INDENT;
    }
    line += line.length > INDENT.length ? ` ${word}` : word;
  }
  return [...lines, line].join("\n");
}

const settingText = ({ name, description, default: value }: (typeof SERVER_SETTINGS)[number]): string =>
  `  ${name}${value === undefined ? "" : `=${value}`}\n${wrapped(description)}`;

/** How the program is used, with every setting, its default, and what it is for. */
export const helpText = (): string => `Serendip's signaling server.

Usage: node dist/main.js [--check-config | --help]

  (no option)      runs the server until SIGTERM or SIGINT
  --check-config   reads all settings, says what is wrong with them, and ends: 0 if nothing is, 78 if something is
  --help           this text

Settings are environment variables. What a file named .env sets counts where the environment sets nothing.
After the name stands what counts if nothing is set.

${SERVER_SETTINGS.map(settingText).join("\n\n")}`;
