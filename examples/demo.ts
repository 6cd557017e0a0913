// `npm run demo`: sessions on a local server, deleted in three ways, with all three endings, and what is true of each.
// It ends with an exit code other than 0 if what was claimed is not what the server truly holds.
import { PowerdrillConfig, RetryPolicy, Sessions } from "@powerdrill-sessions/core"
import { Emulator } from "@powerdrill-sessions/emulator"
import { createSessions } from "@powerdrill-sessions/promise"
import { Console, Effect, Layer, Schema } from "effect"
import { FetchHttpClient } from "effect/http"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"

const demo = Effect.gen(function* () {
  const server = yield* Emulator.make({ port: 0 })
  const byEffect = yield* create(server, "Effect program")
  const byPromise = yield* create(server, "Promise")
  const byShell = yield* create(server, "Shell")
  const failing = yield* create(server, "Failing server")
  const untouched = yield* create(server, "Nobody asked")
  const foreign = yield* create(server, "Another user's", "tmm-another-user")

  yield* heading(`A server to practise on, at ${server.baseUrl}. It lists:`)
  for (const { id, title } of yield* list(server)) yield* Console.log(`  ${title.padEnd(16)}${grey(id)}`)

  yield* heading("1. An Effect program deletes one")
  yield* ask("delete", byEffect)

  yield* heading("2. A promise deletes one")
  const { apiKey, baseUrl, userId } = server
  const sessions = createSessions({ apiKey, baseUrl, userId })
  const result = yield* Effect.promise(() => sessions.try.delete(byPromise.id))
  yield* tell(byPromise, result.ok ? Effect.succeed(result.receipt) : Effect.fail(result.error))
  yield* Effect.promise(() => sessions.close())

  yield* heading("3. The shell deletes one")
  yield* askFromShell(byShell)

  yield* heading("4. The first one again: `delete` cannot claim it, `ensureDeleted` is content that it is gone")
  yield* ask("delete", byEffect)
  yield* ask("ensureDeleted", byEffect)

  yield* heading("5. One that belongs to another user")
  yield* ask("delete", foreign)

  yield* heading("6. A server that deletes, and then fails: the client asks again, and finds nothing")
  yield* server.answerNextDelete({ code: 9999, commit: true })
  yield* ask("delete", failing)

  yield* heading("7. A server that takes a second, and a client that gives up after 750 ms, and asks once")
  const slow = yield* Emulator.make({ port: 0, latency: "1 second" })
  const late = yield* create(slow, "Slow server")
  yield* ask("delete", late, { attemptTimeout: "750 millis" }).pipe(RetryPolicy.withPolicy(RetryPolicy.none))
  yield* Console.log(`  In truth, the session is ${truth(yield* slow.holds(late.id))}. To ask again settles it:`)
  yield* ask("ensureDeleted", late)

  yield* heading("What was claimed, and what is true")
  const rows = [byEffect, byPromise, byShell, failing, late, foreign, untouched]
  const checked = yield* Effect.forEach(rows, (row) =>
    Effect.map(row.server.holds(row.id), (held) => ({ ...row, held, right: row.claimed === truth(held) }))
  )
  const width = Math.max(...checked.map(({ endings }) => endings.join(", then ").length))
  for (const { endings, held, right, title } of checked) {
    const claim = endings.length === 0 ? "nothing" : endings.join(", then ")
    yield* Console.log(`  ${right ? green("✓") : red("✗")} ${title.padEnd(16)}${claim.padEnd(width)}  ${truth(held)}`)
  }
  const remaining = [...(yield* server.sessions), ...(yield* slow.sessions)].map(({ title }) => title)
  const wrong = checked.filter(({ right }) => !right).length
  const verdict = wrong === 0 ? "Every claim is true" : `Not every claim is true: ${wrong} of ${rows.length} are wrong`
  yield* heading(`${verdict}. The servers still hold: ${remaining.join(", ")}.`)
  if (wrong > 0) process.exitCode = 1
})

interface Row {
  readonly server: Emulator["Service"]
  readonly id: string
  readonly title: string
  /** How each call ended. */
  readonly endings: Array<string>
  /** What they come to. */
  claimed: "gone" | "still there" | "not known"
}

const create = (server: Emulator["Service"], title: string, userId?: string): Effect.Effect<Row> =>
  Effect.map(server.create({ title, userId }), ({ id }) => ({ server, id, title, endings: [], claimed: "still there" }))

const truth = (held: boolean) => (held ? "still there" : "gone")

/** What a call ends with, whichever package made it. */
type Call = Effect.Effect<
  { readonly disposition: string; readonly attempts: number; readonly traceId?: string },
  { readonly _tag: string; readonly outcome: "not-deleted" | "unknown"; readonly message: string }
>

/** Shows how a call ended, and remembers what that claims of the session. */
const tell = (row: Row, call: Call) =>
  Effect.matchEffect(call, {
    onSuccess: ({ attempts, disposition, traceId }) => {
      row.endings.push(disposition)
      row.claimed = "gone"
      const facts = `${attempts === 1 ? "1 attempt" : `${attempts} attempts`}, trace id ${traceId}`
      return Console.log(`  ${green("deleted".padEnd(14))}${disposition} ${grey(`(${facts})`)}`)
    },
    onFailure: ({ _tag, message, outcome }) => {
      const words = outcome.replace("-", " ")
      row.endings.push(`${words} (${_tag})`)
      if (outcome === "unknown") row.claimed = "not known"
      const color = outcome === "unknown" ? yellow : red
      return Console.log(
        `  ${color(words.padEnd(14))}${_tag}\n${grey(indent(message.replaceAll(/(?<=\.) /g, "\n"), 16))}`
      )
    }
  })

const ask = (method: "delete" | "ensureDeleted", row: Row, options?: { readonly attemptTimeout: "750 millis" }) => {
  const { apiKey, baseUrl, userId } = row.server
  const config = PowerdrillConfig.layer({ apiKey, baseUrl, ...options })
  const layer = Layer.provide(Sessions.layer, [FetchHttpClient.layer, config])
  const call = Sessions.use((sessions) => sessions[method]({ sessionId: row.id, userId }))
  return tell(row, Effect.provide(call, Layer.orDie(layer)))
}

/** The command as a process of its own: what it claims is its exit code. */
const askFromShell = Effect.fnUntraced(function* (row: Row) {
  const runtime = "Deno" in globalThis ? ["run", "--allow-all"] : []
  const bin = fileURLToPath(new URL("../packages/cli/src/bin.ts", import.meta.url))
  const args = ["delete", row.id, "--yes"]
  yield* Console.log(grey(`  $ powerdrill-sessions ${args.join(" ")}`))
  const child = spawn(process.execPath, [...runtime, bin, ...args], {
    env: {
      ...process.env,
      POWERDRILL_BASE_URL: row.server.baseUrl,
      POWERDRILL_PROJECT_API_KEY: row.server.apiKey,
      POWERDRILL_USER_ID: row.server.userId
    },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const [output, note, [code]] = yield* Effect.promise(() =>
    Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")])
  )
  yield* Console.log(`${indent(output + note, 2)}\n  ${grey(`exit code ${code}`)}`)
  row.endings.push(code === 0 ? "deleted" : `exit code ${code}`)
  row.claimed = code === 0 ? "gone" : "not known"
})

const decodeList = Schema.decodeUnknownSync(
  Schema.Struct({
    data: Schema.Struct({ records: Schema.Array(Schema.Struct({ id: Schema.String, title: Schema.String })) })
  })
)

const list = ({ apiKey, baseUrl, userId }: Emulator["Service"]) =>
  Effect.promise(async () => {
    const url = `${baseUrl}/v1/team/sessions?userId=${encodeURIComponent(userId)}`
    const response = await fetch(url, { headers: { "x-pd-api-key": apiKey } })
    return decodeList(await response.json()).data.records
  })

const indent = (words: string, by: number) => words.trim().replaceAll(/^/gm, " ".repeat(by))

const heading = (words: string) => Console.log(`\n${bold(words)}`)

const colorful = process.stdout.isTTY && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb"
const color = (code: number) => (words: string) => (colorful ? `\u001b[${code}m${words}\u001b[0m` : words)
const [bold, red, green, yellow, grey] = [color(1), color(31), color(32), color(33), color(90)]

await Effect.runPromise(Effect.scoped(demo))
