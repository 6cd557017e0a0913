import { describe, it } from "@effect/vitest"
import { NodeFileSystem } from "@effect/platform-node"
import { Sessions } from "@powerdrill-sessions/core"
import { Effect, Stream } from "effect"
import { Ledger, Purge, SqliteClient } from "@powerdrill-sessions/purge"
import { planOf } from "./support/plans.ts"

describe("Purge", () => {
  it.effect("deletes", () => {
    const plan = planOf(["a", "b", "c"])
    return Effect.gen(function* () {
      const events = yield* Stream.runCollect(Purge.run(plan))
      console.log(JSON.stringify(events, null, 1))
      const ledger = yield* Ledger
      console.log(yield* ledger.verify, yield* ledger.counts, yield* Stream.runCollect(ledger.entries))
    }).pipe(
      Effect.provide(Ledger.layer(plan)),
      Effect.provide([
        SqliteClient.layer({ filename: ":memory:" }),
        NodeFileSystem.layer,
        Sessions.layerTest(() => Effect.succeed("deleted"))
      ])
    )
  })
})
