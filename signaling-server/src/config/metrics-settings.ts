import * as z from "zod";
import { type ConfigFault, faultOf } from "./fault.ts";
import { host, type Setting, whole } from "./readers.ts";

/** The port of Prometheus' exporters that OpenTelemetry's registry names for applications. */
const USUAL_PORT = 9464;

const OFF = "off";
const port: z.ZodType<number | typeof OFF, string> = z
  .string()
  .refine((text) => text === OFF || whole(0, 65_535).safeParse(text).success, {
    message: `must be a whole number from 0 to 65535, or ${OFF}`,
  })
  .transform((text) => (text === OFF ? OFF : Number(text)));

/** Where Prometheus reads the server's metrics. */
export const METRICS_SETTINGS: {
  readonly METRICS_PORT: Setting<number | typeof OFF>;
  readonly METRICS_HOST: Setting<string>;
} = {
  METRICS_PORT: {
    description: `TCP port on which Prometheus reads metrics, at /metrics, without a token; ${OFF} for none, 0 for any free one. Unset: ${USUAL_PORT} in production, ${OFF} otherwise.`,
    default: undefined,
    schema: port,
  },
  METRICS_HOST: {
    description:
      "Address of this machine that metrics are read on. Metrics hold sums only, yet who reads them sees how busy the service is: no other address than 127.0.0.1 without a firewall, or a network of its own.",
    default: "127.0.0.1",
    schema: host,
  },
};

interface Values {
  readonly NODE_ENV?: string | undefined;
  readonly PORT?: number | undefined;
  readonly METRICS_PORT?: number | typeof OFF | undefined;
}

/** A server that is for people is watched unless somebody says otherwise. */
const portOf = ({ NODE_ENV, METRICS_PORT }: Values) =>
  METRICS_PORT ?? (NODE_ENV === "production" ? USUAL_PORT : OFF);

/** The two ports are for different people, and one of them is often open to everybody. */
export function* metricsFaults(values: Values): Generator<ConfigFault> {
  const taken = portOf(values);
  if (taken !== 0 && taken === values.PORT)
    yield faultOf(
      "METRICS_PORT",
      `must differ from PORT (both are ${taken}); metrics are not for those who chat.`,
    );
}

/** Where metrics are served. */
export interface MetricsConfig {
  readonly host: string;
  readonly port: number;
}

/** Undefined: nowhere. */
export function metricsOf(values: Values & { readonly METRICS_HOST: string }): MetricsConfig | undefined {
  const taken = portOf(values);
  return taken === OFF ? undefined : { host: values.METRICS_HOST, port: taken };
}
