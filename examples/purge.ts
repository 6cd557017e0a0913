// Deletes all sessions of a user but a few: list, plan, purge, verify, report; and the process that purges is killed in
// the middle of it. `SESSIONS=100000 node examples/purge.ts` does it with a hundred thousand.
import { NodeFileSystem } from "@effect/platform-node"
import { PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { Emulator } from "@powerdrill-sessions/emulator"
import { Ledger, LedgerFile, Plan, Purge, Report, Selection, Verification } from "@powerdrill-sessions/purge"
import { Config, Console, Effect, FileSystem, Layer, Option, Schedule, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

const runtime = "Deno" in globalThis ? ["run", "--allow-all"] : []
const requestsPerSecond = 1000

/** What the other process does: the settings are in its environment. */
const purge = Effect.fn(function* (path: string) {
  const plan = yield* Plan.open(path)
  yield* Stream.runDrain(Purge.run(plan)).pipe(Effect.provide(LedgerFile.layer(plan, "the example, another process")))
}, Effect.provide(Sessions.layerFetch))

const main = Effect.gen(function* () {
  const total = yield* Config.Int("SESSIONS").pipe(Config.withDefault(300))
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped({ prefix: "powerdrill-purge-" })
  const planPath = `${directory}/plan.jsonl`
  // This server has no limit, so that nobody has to wait. The real one has 20 requests a second.
  const server = yield* Emulator.make({ port: 0, rate: Infinity, seedSessions: total })
  const kept = yield* server.create({ title: "Keep: board meeting" })
  const { apiKey, baseUrl, userId } = server
  const config = PowerdrillConfig.layer({ apiKey, baseUrl, requestsPerSecond })
  const client = Layer.provide(Sessions.layer, [FetchHttpClient.layer, config])

  yield* Console.log("1. List, and plan")
  const selection = yield* Effect.fromResult(
    Selection.make({ users: [userId], all: true, keep: [{ titleGlob: "Keep: *" }] })
  )
  const plan = yield* Effect.provide(Selection.plan(selection, planPath, { baseUrl }), client)
  yield* Console.log(`   ${plan.header.count} to delete, ${plan.header.kept} kept`)

  yield* Console.log("2. Purge, in a process that is killed in the middle")
  const child = spawn(process.execPath, [...runtime, fileURLToPath(import.meta.url), planPath], {
    env: {
      ...process.env,
      POWERDRILL_PROJECT_API_KEY: apiKey,
      POWERDRILL_BASE_URL: baseUrl,
      POWERDRILL_REQUESTS_PER_SECOND: String(requestsPerSecond)
    },
    stdio: "inherit"
  })
  yield* Effect.repeat(server.sessions, {
    until: ({ length }) => length < total / 2,
    schedule: Schedule.spaced("10 millis")
  })
  child.kill("SIGKILL")
  yield* Effect.promise(() => once(child, "exit"))
  yield* Console.log("   killed")

  yield* Console.log("3. Purge again: it goes on where it was")
  yield* Effect.gen(function* () {
    const ended = yield* Stream.runLast(Purge.run(plan))
    const { deleted, notDeleted, planned, unknown, unprocessed, vetoed } = Option.getOrThrow(ended).counts
    const sum = `${deleted} deleted + ${notDeleted} not deleted + ${unknown} unknown + ${vetoed} vetoed`
    yield* Console.log(`   ${sum} + ${unprocessed} unprocessed = ${planned}`)
    yield* Console.log("4. Verify")
    yield* Stream.runDrain(Verification.run())
    yield* Console.log("5. Report")
    const { verify } = yield* Ledger
    const report = yield* Report.ofLedger({ verified: yield* verify })
    yield* Stream.run(Stream.encodeText(Report.html(report)), fs.sink(`${directory}/report.html`))
    yield* Console.log(`   ${Report.verdict(report).join(" ")}`)
  }).pipe(Effect.provide([client, LedgerFile.layer(plan, "an example")]))

  const left = yield* server.sessions
  const wrong = left.length !== 1 || left[0]?.id !== kept.id
  yield* Console.log(`The server still holds: ${left.map(({ title }) => title).join(", ")}`)
  if (wrong) process.exitCode = 1
})

const [, , path] = process.argv
await Effect.runPromise(
  Effect.scoped(path === undefined ? main : purge(path)).pipe(Effect.provide(NodeFileSystem.layer))
)
