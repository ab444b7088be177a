import { describeStore } from "../testing/describe-store.ts";
import { openPostgresForTest } from "./postgres.test-support.ts";
import { openSqliteForTest } from "./sqlite.test-support.ts";

describeStore("SQLite", openSqliteForTest);
describeStore("PostgreSQL", openPostgresForTest);
