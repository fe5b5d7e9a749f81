import bcd, {
  type BrowserName,
  type CompatStatement,
  type Identifier,
} from "@mdn/browser-compat-data/forLegacyNode";
import { type MemberExpression, type Node, parse } from "acorn";
import { full } from "acorn-walk";
import postcss from "postcss";
import { BUILD_EDITION, BUILD_TARGET } from "../build-target.ts";

/** Each browser of the build target, on phones too, and its version there. */
const FLOOR = BUILD_TARGET.flatMap((target) => {
  const [, name = "", version = ""] = /^([a-z]+)([\d.]+)$/.exec(target) ?? [];
  const phone: Record<string, BrowserName> = {
    chrome: "chrome_android",
    firefox: "firefox_android",
    safari: "safari_ios",
  };
  return [name as BrowserName, phone[name]]
    .filter((browser) => browser !== undefined)
    .map((browser) => ({ browser, version: Number.parseFloat(version) }));
});

/** For each browser of the target the first version that has it. */
type Since = readonly number[];

const NEVER = Number.POSITIVE_INFINITY;

/** With a prefix, behind a switch or under another name is not there; in parts is. */
function sinceOf({ support }: CompatStatement): Since {
  return FLOOR.map(({ browser }) => {
    const versions = [support[browser] ?? []].flat().map((one) => {
      if (one.prefix || one.alternative_name || one.flags || one.version_removed) return NEVER;
      // "≤37": known to be there by then. "preview": in no release.
      return Number.parseFloat(String(one.version_added).replace("≤", "")) || NEVER;
    });
    return Math.min(NEVER, ...versions);
  });
}

const earliest = (one: Since | undefined, other: Since): Since =>
  other.map((version, index) => Math.min(version, one?.[index] ?? NEVER));

/**
 * A name that some browser never had is left out: code that is written for all three of them cannot mean it, or asks for it first;
 * most such names are fields of our own.
 */
const isEverywhere = (since: Since | undefined): boolean =>
  FLOOR.every(({ browser }, index) => browser.includes("_") || since?.[index] !== NEVER);

/** Which browsers of the target lack it, such as `safari 16.4`; nothing where all have it. */
function lackingIn(since: Since | undefined): string {
  return (since ?? [])
    .flatMap((version, index) => {
      const floor = FLOOR[index];
      if (!floor || version <= floor.version) return [];
      return `${floor.browser} ${version === NEVER ? "never" : version}`;
    })
    .join(", ");
}

/**
 * Of the interfaces that no page of ours gets an object of, so that a field of our own may be named as one of theirs. What other
 * interfaces have is looked for in all code.
 */
const NOT_OURS =
  /^(Ambient|Attribution|Background|Barcode|Battery|Bluetooth|BrowserCapture|Canvas|Compression|Compute|ContentIndex|Cookie|Credential|Crop|CSS|CustomState|Decompression|Device|Digital|Disposable|AsyncDisposable|Document(Picture|Timeline)|Edit|External|EXT_|Federated|Fence|FileSystem|FontFace|FragmentDir|GPU|Gamepad|Geolocation|Gyro|HID|Highlight|HTML(Fenced|Portal|Geolocation)|IDB|Identity|Idle|Image|Ink|Keyboard|Language|Launch|Layout|LargestContentful|Linear|Magneto|MathML|MIDI|ML|Model|MediaKey|Navigat(e|ion)|NDEF|OTP|OES_|Observable|Orientation|Paint|Payment|Periodic|Permissions?Policy|FeaturePolicy|Pressure|Presentation|Profiler|Protected|PublicKey|Push|Quota|Readable|Writable|Transform|Relative|RemotePlayback|Report|Restriction|RTCIceCandidatePair|Sanitizer|Scheduler|Screen(Capture|Detail)|Sensor|Serial|Service|Shared|SourceBuffer|Speech|Subscriber|Summarizer|SVG|Sync|TaskController|TaskSignal|Translat|Trusted|Touch|USB|View(Timeline|Transition)|Viewport|Virtual|VR|VTT|WEBGL|WebGL|Web(Transport|SocketStream)|Window(Client|Controls)|Worklet|Worker|XPath|XR|XSLT)|Worklet|Iterator$/;

/** What lies below an entry of the data, without what is said of the entry itself. */
const entriesOf = (tree: Identifier) =>
  Object.entries(tree as Record<string, Identifier>).filter(([key]) => key !== "__compat");

/** What calls a thing by its name: `x.toSorted`, `AbortSignal.timeout`, `structuredClone`. */
function namesOfPlatform() {
  const members = new Map<string, Since>();
  const statics = new Map<string, Since>();
  const globals = new Map<string, Since>();
  for (const tree of [bcd.api, bcd.javascript["builtins"] ?? {}])
    for (const [owner, its] of entriesOf(tree)) {
      if (its.__compat) globals.set(owner, earliest(globals.get(owner), sinceOf(its.__compat)));
      for (const [key, { __compat: compat }] of entriesOf(its)) {
        if (!compat) continue;
        const since = sinceOf(compat);
        const name = key.replace(/_static$/, "").replace(/^(.+)_event$/, "on$1");
        // Of the language's own objects the data does not say which members are static.
        if (key.endsWith("_static") || tree !== bcd.api) statics.set(`${owner}.${name}`, since);
        if (owner === "Window" || owner === "globals") globals.set(name, earliest(globals.get(name), since));
        if (!NOT_OURS.test(owner)) members.set(name, earliest(members.get(name), since));
      }
    }
  return { members, statics, globals };
}

const { members, statics, globals } = namesOfPlatform();

/** What a script calls by a name that a browser of the target does not have, and which browsers those are. */
export function newerNames(script: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const note = (name: string, since: Since | undefined): void => {
    const lacking = lackingIn(since);
    if (lacking && isEverywhere(since)) found.set(name, lacking);
  };
  full(parse(script, { ecmaVersion: BUILD_EDITION, sourceType: "module" }), (node: Node) => {
    if (node.type === "Identifier" && "name" in node) note(String(node.name), globals.get(String(node.name)));
    if (node.type !== "MemberExpression") return;
    const { object, property, computed } = node as MemberExpression;
    const written = property.type === "Identifier" && !computed ? property.name : undefined;
    const name = property.type === "Literal" ? String(property.value) : written;
    if (name === undefined) return;
    const ofObject = object.type === "Identifier" ? `${object.name}.${name}` : "";
    if (statics.has(ofObject)) note(ofObject, statics.get(ofObject));
    else note(`.${name}`, members.get(name));
  });
  return found;
}

/** Units that are newer than lengths themselves, by the name that the data has for them. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/\d[dD]v[hwib]\b/, "viewport_percentage_units_dynamic"],
  [/\d[sS]v[hwib]\b/, "viewport_percentage_units_small"],
  [/\d[lL]v[hwib]\b/, "viewport_percentage_units_large"],
  [/\dcq(w|h|i|b|min|max)\b/, "container_query_length_units"],
];

/** The same of a style sheet: properties and their keywords, functions, units, at-rules, media features and selectors. */
export function newerStyle(css: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const note = (name: string, entry: Identifier | undefined): void => {
    const lacking = entry?.__compat ? lackingIn(sinceOf(entry.__compat)) : "";
    if (lacking) found.set(name, lacking);
  };
  const data = bcd.css;
  const types = namedTypes(data["types"] ?? {});
  postcss.parse(css).walk((node) => {
    if (node.type === "decl") {
      const property = data["properties"]?.[node.prop];
      note(node.prop, property);
      for (const [word] of node.value.matchAll(/[a-z-]+/g)) note(`${node.prop}: ${word}`, property?.[word]);
      for (const [, word = ""] of node.value.matchAll(/([a-z-]+)\(/g)) note(`${word}()`, types.get(word));
      for (const [unit, name] of UNITS)
        if (unit.test(node.value)) note(name, data["types"]?.["length"]?.[name]);
    }
    if (node.type === "atrule") {
      note(`@${node.name}`, data["at-rules"]?.[node.name]);
      if (node.name === "media")
        for (const [, word = ""] of node.params.matchAll(/\(([a-z-]+)/g))
          note(`@media ${word}`, data["at-rules"]?.["media"]?.[word]);
    }
    if (node.type === "rule") {
      for (const [, word = ""] of node.selector.matchAll(/::?([a-z-]+)/g))
        note(`:${word}`, data["selectors"]?.[word]);
      if (node.parent?.type === "rule") note("nesting", data["selectors"]?.["nesting"]);
    }
  });
  return found;
}

/** Functions such as `color-mix` lie at several depths. */
function namedTypes(tree: Identifier, into = new Map<string, Identifier>()): ReadonlyMap<string, Identifier> {
  for (const [name, entry] of entriesOf(tree)) {
    if (entry.__compat) into.set(name, entry);
    namedTypes(entry, into);
  }
  return into;
}
