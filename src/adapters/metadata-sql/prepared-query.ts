/**
 * Queries of the request path, which kysely builds and compiles once instead of with every request: that costs
 * several times what the database takes for the answer.
 */
import type { Compilable } from "kysely";
import { AssertionError, assert } from "../../std/assert.ts";
import type { Capabilities } from "./capabilities.ts";
import type { SqlContext } from "./schema.ts";

/** Stands for a value that comes later. Whoever tries to compute with it is told so. */
class Slot {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  [Symbol.toPrimitive](): never {
    throw new AssertionError(`a prepared query can't compute with its value ${this.name}`);
  }
}

interface Prepared {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/**
 * A query that is built when it runs for the first time, with stand-ins for its values, and then only filled
 * in. So `build` must use each value as a parameter, as it is: conversions belong before the call, and what
 * has another text depending on a value is two queries. Rows come in the order the query asks for.
 */
export function prepareQuery<Values extends object, Row>(
  build: (context: SqlContext, values: Values) => Compilable<Row>,
): (context: SqlContext, values: Values) => Promise<readonly Row[]> {
  // Nothing but what the database can do decides about the text.
  const prepared = new WeakMap<Capabilities, Prepared>();
  const prepare = (context: SqlContext): Prepared => {
    const { sql, parameters } = build(context, makeStandIn<Values>()).compile();
    prepared.set(context.capabilities, { sql, parameters });
    return { sql, parameters };
  };
  return async (context, values) => {
    const { sql, parameters } = prepared.get(context.capabilities) ?? prepare(context);
    const filled = parameters.map((parameter) => fillIn(parameter, values));
    const { rows } = await context.execute<Row>({ sql, parameters: filled });
    return rows;
  };
}

/** An object every member of which is a slot of its name; `build` passes them on, whatever their type. */
function makeStandIn<Values extends object>(): Values {
  const target = {} as Values;
  return new Proxy(target, { get: (_target, name) => new Slot(String(name)) });
}

function fillIn(parameter: unknown, values: object): unknown {
  if (!(parameter instanceof Slot)) {
    return parameter;
  }
  const value = (values as Readonly<Record<string, unknown>>)[parameter.name];
  assert(value !== undefined, `a prepared query needs a value for ${parameter.name}`);
  return value;
}
