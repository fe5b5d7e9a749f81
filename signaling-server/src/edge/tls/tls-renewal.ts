import type { Cancel, Clock } from "@serendip/time";
import type { Log } from "../../ports.ts";
import type { TlsIdentity, TlsReading } from "./tls-files.ts";

/**
 * Time between two looks at the files. They are read, not watched: a watch tells nothing of a file behind a link that is set anew, as
 * certbot and Kubernetes do it, nor of one on a network's disk.
 */
export const LOOK_MS = 1_000;
const SOON_MS = 7 * 24 * 3_600_000;

export interface TlsRenewalParts {
  readonly read: (known: TlsIdentity) => Promise<TlsReading>;
  readonly clock: Clock;
  /** The time of day, which certificates are about. */
  readonly calendar: Clock;
  readonly log: Log;
  readonly onRenewed: (identity: TlsIdentity) => void;
}

const signOf = (reading: TlsReading) =>
  reading.ok ? `${reading.identity.cert}\n${reading.identity.key}` : reading.sentence;

type Age = "not valid yet" | "valid" | "valid for less than 7 days" | "over";

function ageOf({ validFromAt, validUntilAt }: TlsIdentity, now: number): Age {
  if (now >= validUntilAt) return "over";
  if (now < validFromAt) return "not valid yet";
  return validUntilAt - now < SOON_MS ? "valid for less than 7 days" : "valid";
}

/**
 * Says when the files have changed and can be used (SPEC X4). A change counts once two looks have found the same, so that nothing
 * half-written is taken. What cannot be used is logged once, and so is a certificate that ends soon or has ended.
 *
 * @returns stops looking
 */
export function followTlsFiles(first: TlsIdentity, parts: TlsRenewalParts): Cancel {
  const { read, clock, calendar, log, onRenewed } = parts;
  let taken = first;
  /** What was decided upon last: it is in use, or its fault has been told. */
  let judged = signOf({ ok: true, identity: first });
  let seen: string | undefined;
  let toldAge: Age = "valid";
  let cancel: Cancel = () => undefined;
  let isOver = false;

  const tellAge = (): void => {
    const age = ageOf(taken, calendar.now());
    if (age === toldAge) return;
    toldAge = age;
    if (age === "valid") return;
    const level = age === "over" ? "error" : "warn";
    log[level](`The TLS certificate is ${age}`, { validUntil: new Date(taken.validUntilAt).toISOString() });
  };

  const judge = (reading: TlsReading): void => {
    if (reading.ok) {
      taken = reading.identity;
      onRenewed(taken);
      log.info("TLS certificate renewed", { validUntil: new Date(taken.validUntilAt).toISOString() });
    } else
      log.error("The new TLS files cannot be used; the old ones stay in use", { reason: reading.sentence });
  };

  const look = async (): Promise<void> => {
    const reading = await read(taken);
    if (isOver) return;
    const sign = signOf(reading);
    const hasSettled = sign === seen;
    seen = sign === judged ? undefined : sign;
    if (seen !== undefined && hasSettled) {
      judged = sign;
      judge(reading);
    }
    tellAge();
    wait();
  };
  const wait = (): void => {
    cancel = clock.after(LOOK_MS, () => void look());
  };

  tellAge();
  wait();
  return () => {
    isOver = true;
    cancel();
  };
}
