const shared = {
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: { target: "es2023", parser: { syntax: "typescript" } },
        module: { type: "commonjs" },
        sourceMaps: "inline",
      },
    ],
  },
  testEnvironment: "node",
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/build/"],
}

/** `unit` is part of `npm run check` and takes seconds; `slow` starts processes and real clients. */
export default {
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: ["/test/compat/", "/test/crash/", "/test/e2e/"],
    },
    {
      ...shared,
      displayName: "slow",
      testMatch: ["<rootDir>/test/{compat,crash,e2e}/**/*.test.ts"],
    },
  ],
  testTimeout: 60_000,
  maxWorkers: "100%", // jest leaves one core idle otherwise
}
