/**
 * Builds what is published: every package's `dist`, from nothing, so that no file of a deleted source stays in it.
 */
import { execFileSync } from "node:child_process"
import { globSync, rmSync } from "node:fs"

for (const dist of globSync("packages/*/dist")) rmSync(dist, { recursive: true })
execFileSync("tsc", ["-b", ...globSync("packages/*/tsconfig.json")], { stdio: "inherit" })
