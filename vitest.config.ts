import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "examples/*/test/*.test.ts"],
    // Only with --coverage.
    coverage: {
      include: ["packages/core/src/**"],
      reporter: [["text", { skipFull: true }]],
      reportsDirectory: "node_modules/.cache/coverage",
      thresholds: { 100: true }
    }
  }
})
