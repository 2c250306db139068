/** kysely on `node:sqlite`: one synchronous connection with its prepared statements. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type LimitNode,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/** Far more than the program has query texts; only a defect could reach it. */
const STATEMENTS_MAX = 256;

/** A dialect whose queries all run on `connection`, whose database stays the caller's to close. */
export function makeSqliteDialect(connection: SqliteConnection): Dialect {
  return {
    createAdapter: () => new TransactionalDdlAdapter(),
    createDriver: () => new SqliteDriver(connection),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new QueryCompiler(),
  };
}

/** SQLite rolls schema changes back like any other; kysely's own adapter leaves that unused. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/**
 * Hides from SQLite's planner that a limit is a parameter. It plans for the value of a bare one, so it compiles the
 * statement again each time one is bound, which takes several times as long as the query (seen with 3.47 and later).
 */
class QueryCompiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    super.visitLimit(node);
    this.append(" + 0");
  }
}

class SqliteDriver implements Driver {
  readonly #database: DatabaseSync;
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#database = connection.database;
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    this.#database.exec("BEGIN IMMEDIATE");
  }

  async commitTransaction(): Promise<void> {
    this.#database.exec("COMMIT");
    // Only migrations come this way: the tables may have other columns now.
    this.#connection.forgetStatements();
  }

  async rollbackTransaction(): Promise<void> {
    this.#database.exec("ROLLBACK");
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

interface PreparedStatement {
  readonly statement: StatementSync;
  /** Names of the columns of its rows; none when it returns none. */
  readonly columns: readonly string[];
}

/**
 * Rows as objects. Those that the database makes by itself have no prototype, which makes their members dear to
 * read, and the names of their columns are made anew for each row.
 */
function makeRow(columns: readonly string[], values: readonly SQLOutputValue[]): object {
  const row: Record<string, SQLOutputValue | undefined> = {};
  for (let index = 0; index < columns.length; index += 1) {
    row[columns[index] ?? ""] = values[index];
  }
  return row;
}

/** One database with its prepared statements. */
export class SqliteConnection implements DatabaseConnection {
  readonly database: DatabaseSync;
  readonly #prepared = new Map<string, PreparedStatement>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  async executeQuery<Row>(
    query: Pick<CompiledQuery, "sql" | "parameters">,
  ): Promise<QueryResult<Row>> {
    const { statement, columns } = this.#prepare(query.sql);
    // Column values are what the schema types say; kysely's contract is this cast.
    const parameters = query.parameters as SQLInputValue[];
    if (columns.length > 0) {
      // The statement was told to return lists, which its type does not know.
      const lists = statement.all(...parameters) as unknown as readonly SQLOutputValue[][];
      return { rows: lists.map((values) => makeRow(columns, values)) as Row[] };
    }
    return { rows: [], numAffectedRows: BigInt(statement.run(...parameters).changes) };
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }

  #prepare(sql: string): PreparedStatement {
    const known = this.#prepared.get(sql);
    if (known !== undefined) {
      return known;
    }
    const statement = this.database.prepare(sql);
    statement.setReturnArrays(true);
    const columns = statement.columns().map(({ name }) => name);
    const prepared = { statement, columns };
    if (this.#prepared.size >= STATEMENTS_MAX) {
      this.#forgetOldest();
    }
    this.#prepared.set(sql, prepared);
    return prepared;
  }

  /** For changes of the schema, after which a statement may return other columns. */
  forgetStatements(): void {
    this.#prepared.clear();
  }

  #forgetOldest(): void {
    for (const sql of this.#prepared.keys()) {
      this.#prepared.delete(sql);
      return;
    }
  }
}
