/**
 * Runs the `sh` blocks of the documentation: those of one page in order, in one shell that stops at the first failure.
 *
 * Each page has an emulator and an empty folder of its own. `powerdrill-sessions` is on the PATH, the POWERDRILL_*
 * variables point at the emulator, and SESSION_ID and OTHER_SESSION_ID name sessions that it holds. Blocks marked
 * `console` are transcripts, and not run.
 */
import { Emulator } from "@powerdrill-sessions/emulator"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join, resolve } from "node:path"
import { text } from "node:stream/consumers"

const blocksOf = (page: string): ReadonlyArray<string> =>
  Array.from(readFileSync(page, "utf8").matchAll(/^```sh\n([^]*?)^```$/gm), ([, code = ""]) => code)

const shell = async (blocks: ReadonlyArray<string>, variables: Record<string, string>) => {
  const folder = mkdtempSync(join(tmpdir(), "powerdrill-sessions-shell-"))
  const command = `#!/bin/sh\nexec "${process.execPath}" "${resolve("packages/cli/src/bin.ts")}" "$@"\n`
  writeFileSync(join(folder, "powerdrill-sessions"), command, { mode: 0o755 })
  const child = spawn("sh", ["-euc", `exec 2>&1\n${blocks.join("\n")}`], {
    cwd: folder,
    env: { ...process.env, ...variables, PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}` },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 60_000
  })
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, "exit")])
  rmSync(folder, { recursive: true })
  return { output, status }
}

const run = Effect.fnUntraced(function* (page: string, blocks: ReadonlyArray<string>) {
  const emulator = yield* Emulator.make({ port: 0 })
  const [first, second] = [yield* emulator.create(), yield* emulator.create()]
  const { output, status } = yield* Effect.promise(() =>
    shell(blocks, {
      POWERDRILL_BASE_URL: emulator.baseUrl,
      POWERDRILL_PROJECT_API_KEY: emulator.apiKey,
      POWERDRILL_USER_ID: emulator.userId,
      SESSION_ID: first.id,
      OTHER_SESSION_ID: second.id
    })
  )
  if (status !== 0) console.log(`✗ ${page}: exit code ${status}\n${output}`)
  return status === 0
}, Effect.scoped)

const pages = globSync(["README.md", "docs/**/*.md", "packages/*/README.md"])
  .map((page) => ({ page, blocks: blocksOf(page) }))
  .filter(({ blocks }) => blocks.length > 0)
const results = await Effect.runPromise(Effect.forEach(pages, ({ blocks, page }) => run(page, blocks)))
console.log(`${pages.flatMap(({ blocks }) => blocks).length} shell blocks on ${pages.length} pages`)
process.exitCode = results.length > 0 && results.every((ok) => ok) ? 0 : 1
