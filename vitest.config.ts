import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    // Many tests start programs and wait for them; and machines are shared.
    maxWorkers: 2,
    testTimeout: 20_000,
    // Those programs are the same every time: Node compiles them once.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url)) },
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
