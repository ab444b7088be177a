import { defineConfig } from "vitest/config";

const SECOND_MS = 1_000;

export default defineConfig({
  test: {
    maxWorkers: 2,
    pool: "forks",
    projects: [
      {
        extends: true,
        test: {
          name: "architecture",
          environment: "node",
          include: ["test/*.test.ts"],
          testTimeout: 30 * SECOND_MS,
        },
      },
      {
        extends: true,
        test: {
          name: "unit",
          environment: "node",
          globalSetup: "packages/engine/src/testing/postgres/shared-postgres.ts",
          include: ["packages/*/src/**/*.test.{ts,tsx}", "scripts/**/*.test.ts"],
          testTimeout: 30 * SECOND_MS,
          hookTimeout: 30 * SECOND_MS,
        },
      },
      {
        extends: true,
        test: {
          name: "end-to-end",
          environment: "node",
          globalSetup: "packages/engine/src/testing/postgres/shared-postgres.ts",
          include: ["test/end-to-end/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120 * SECOND_MS,
          hookTimeout: 120 * SECOND_MS,
        },
      },
    ],
  },
});
