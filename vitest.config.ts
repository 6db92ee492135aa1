import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", ".build/**"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...exclude, "**/*.e2e.test.ts", "**/*.redis.test.ts", "**/*.long.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        // Against a real redis-server, one a file.
        test: {
          name: "redis",
          include: ["**/*.redis.test.ts"],
          exclude,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Against the real engine, one file at a time: names, ports and the CPU are shared.
        test: {
          name: "e2e",
          include: ["**/*.e2e.test.ts"],
          exclude,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // What takes too long for every change; resumable by seed.
        test: {
          name: "long",
          include: ["**/*.long.test.ts"],
          exclude,
          testTimeout: 900_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
