/**
 * A process of its own that holds the ledger of a plan: `holder.ts <plan> <count>`, and purges by it where a third
 * argument names the file that is its server: a line for each session that it has deleted.
 */
import { NodeFileSystem } from "@effect/platform-node"
import { Sessions } from "@powerdrill-sessions/core"
import { LedgerFile, Purge } from "@powerdrill-sessions/purge"
import { Console, Effect, Stream } from "effect"
import { appendFileSync } from "node:fs"
import { planOf } from "./plans.ts"

const [path = "", count = "0", server] = process.argv.slice(2)
const ids = Array.from({ length: Number(count) }, (_, index) => `s${String(index).padStart(4, "0")}`)
const plan = { ...planOf(ids), path }

const answer = Sessions.layerTest(({ sessionId }) =>
  Effect.sync(() => {
    appendFileSync(server ?? "", `${sessionId}\n`)
    return "deleted" as const
  })
)

// Keeps the process alive.
const beat = setInterval(() => {}, 1000)

await (
  server === undefined
    ? // What no timer holds on to is garbage, and its lock would go with it.
      Effect.andThen(Console.log("held"), Effect.forever(Effect.sleep("1 second")))
    : Stream.runForEach(Purge.run(plan), (event) => Console.log(event._tag))
).pipe(
  Effect.provide(LedgerFile.layer(plan, "the child")),
  Effect.provide([NodeFileSystem.layer, answer]),
  Effect.runPromise
)
clearInterval(beat)
