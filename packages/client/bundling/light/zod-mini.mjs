// Of zod what the schemas of `@serendip/protocol` are made of: reading alone, with one word about what does not fit. The server has zod
// itself; `test/bundling/zod-mini.test.ts` holds that both read everything alike.

class Unfit extends Error {
  constructor(path, expected) {
    super(`${path.join(".") || "it"} is not ${expected}`);
    this.path = path;
    this.expected = expected;
  }

  under(key) {
    return new Unfit([key, ...this.path], this.expected);
  }
}

const refuse = (expected) => {
  throw new Unfit([], expected);
};

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function readUnder(key, schema, value) {
  try {
    return schema.read(value);
  } catch (error) {
    throw error instanceof Unfit ? error.under(key) : error;
  }
}

/** `read` gives back what it takes, or throws `Unfit`; `traits` are what other schemas ask of this one. */
function schemaOf(read, traits = {}) {
  const schema = {
    ...traits,
    read,
    check: (...checks) =>
      schemaOf((value) => {
        const taken = read(value);
        for (const one of checks) one(taken);
        return taken;
      }, traits),
    safeParse: (value) => {
      try {
        return { success: true, data: read(value) };
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        return { success: false, error };
      }
    },
    parse: read,
  };
  return schema;
}

const fitting = (fits, expected) => (value) => (fits(value) ? value : refuse(expected));
const such = (fits, expected, traits) => schemaOf(fitting(fits, expected), traits);
const isString = (value) => typeof value === "string";
const text = (pattern, expected) => such((value) => isString(value) && pattern.test(value), expected);

export const safeParse = (schema, value) => schema.safeParse(value);

export const string = () => such(isString, "a string");
export const boolean = () => such((value) => typeof value === "boolean", "a boolean");
export const int = () => such(Number.isSafeInteger, "an integer");
const oneOf = (values) => such((value) => values.includes(value), "one of the known values", { values });

export { oneOf as enum };
export const literal = (value) => oneOf([value]);

export const minLength = (least) => fitting((value) => value.length >= least, "long enough");
export const maxLength = (most) => fitting((value) => value.length <= most, "short enough");
export const gte = (least) => fitting((value) => value >= least, "large enough");
export const lte = (most) => fitting((value) => value <= most, "small enough");
export const regex = (pattern) => fitting((value) => pattern.test(value), "of the right form");

/** RFC 9562, with the nil and the max UUID. */
export const uuid = () =>
  text(
    /^([\da-fA-F]{8}-[\da-fA-F]{4}-[1-8][\da-fA-F]{3}-[89abAB][\da-fA-F]{3}-[\da-fA-F]{12}|0{8}(-0{4}){3}-0{12}|f{8}(-f{4}){3}-f{12})$/,
    "a UUID",
  );
export const ipv4 = () => text(/^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$/, "an IPv4 address");
export const ipv6 = () =>
  such(
    (value) => isString(value) && /^[\da-f:.]+$/i.test(value) && URL.canParse(`http://[${value}]`),
    "an IPv6 address",
  );

export const optional = (inner) =>
  schemaOf((value) => (value === undefined ? value : inner.read(value)), { mayBeAbsent: true });
export const nullable = (inner) => schemaOf((value) => (value === null ? value : inner.read(value)));
const caught = (inner, instead) =>
  schemaOf(
    (value) => {
      const reading = inner.safeParse(value);
      return reading.success ? reading.data : instead;
    },
    { mayBeAbsent: true },
  );

export { caught as catch };

export const array = (inner) =>
  schemaOf((value) =>
    Array.isArray(value) ? Array.from(value, (one, index) => readUnder(index, inner, one)) : refuse("a list"),
  );

const readEntries = (entries) =>
  Object.fromEntries(entries.map(([key, schema, value]) => [key, readUnder(key, schema, value)]));

export const record = (_key, inner) =>
  schemaOf((value) =>
    isObject(value)
      ? readEntries(
          Object.entries(value)
            .filter(([key]) => key !== "__proto__")
            .map(([key, one]) => [key, inner, one]),
        )
      : refuse("an object"),
  );

/** Keys that it does not know are left out. */
export function object(shape) {
  const fields = Object.entries(shape);
  return schemaOf(
    (value) =>
      isObject(value)
        ? readEntries(
            fields
              .filter(([key, schema]) => key in value || !schema.mayBeAbsent)
              .map(([key, schema]) => [key, schema, value[key]]),
          )
        : refuse("an object"),
    { shape },
  );
}

export const discriminatedUnion = (key, options) =>
  schemaOf((value) => {
    if (!isObject(value)) return refuse("an object");
    const option = options.find(({ shape }) => shape[key].values.includes(value[key]));
    return option ? option.read(value) : refuse(`of a known ${key}`);
  });
