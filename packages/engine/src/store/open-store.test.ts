import { describeStore } from "../testing/describe-store.ts";
import { openSqliteForTest } from "./sqlite.test-support.ts";

describeStore("SQLite", openSqliteForTest);
