/**
 * Builds what is published: every package's `dist`, from nothing, so that no file of a deleted source stays in it. The
 * plugin that is a template for others is built like one. The command line is bundled besides.
 */
import { execFileSync } from "node:child_process"
import { globSync, rmSync } from "node:fs"
import { bundle } from "./bundle.ts"

const folders = ["packages/*", "examples/office-hours"]

for (const dist of globSync(folders.map((folder) => `${folder}/dist`))) rmSync(dist, { recursive: true })
execFileSync("tsc", ["-b", ...globSync(folders.map((folder) => `${folder}/tsconfig.json`))], { stdio: "inherit" })
await bundle("packages/cli/dist/bundled.cjs", "packages/cli/dist/bundle")
