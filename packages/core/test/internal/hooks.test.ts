/**
 * Whatever plugins do: generated lists of sane and hostile ones, against a server in simulated time that knows the truth.
 */
import { Plugin, PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Logger, Random, Schema } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { canary } from "../support/sessions.ts"

/** What the server makes of one request: whether it deletes, and how it answers. */
const Move = Schema.Literals([
  "deletes",
  "deletes, fails",
  "deletes, resets",
  "deletes, hangs",
  "fails",
  "limits",
  "refuses"
])
const Deed = Schema.Literals([
  "nothing",
  "veto",
  "fail",
  "die",
  "throw",
  "interrupt",
  "hang",
  "cling",
  "slow",
  "delete"
])
const Wrapping = Schema.Literals([
  "lets be",
  "gives up",
  "denies",
  "dies",
  "forges",
  "hurries",
  "runs away",
  "insists",
  "clings",
  "clings first"
])

const Hostile = Schema.Struct({
  before: Schema.optionalKey(Deed),
  onAttempt: Schema.optionalKey(Deed),
  onRetry: Schema.optionalKey(Deed),
  after: Schema.optionalKey(Deed)
})

class Denial extends Schema.TaggedError<Denial>()("Denial", { outcome: Schema.tag("not-deleted") }) {}

const server = (moves: ReadonlyArray<typeof Move.Type>) => {
  const state = { held: true, requests: 0 }
  const reply = (code: number) => Effect.succeed(new Response(JSON.stringify({ code })))
  const client = HttpClient.make((request) =>
    Effect.suspend(() => {
      const move = moves[state.requests++] ?? "deletes"
      const known = state.held
      if (move.startsWith("deletes")) state.held = false
      switch (move) {
        case "deletes":
          return reply(known ? 0 : 300003)
        case "deletes, fails":
        case "fails":
          return reply(9999)
        case "deletes, resets":
          return Effect.fail(
            new HttpClientError.HttpClientError({
              reason: new HttpClientError.TransportError({ request, cause: { code: "ECONNRESET" } })
            })
          )
        case "deletes, hangs":
          return Effect.never
        case "limits":
          return reply(201)
        case "refuses":
          return reply(100)
      }
    }).pipe(Effect.map((response) => HttpClientResponse.fromWeb(request, response)))
  )
  const layer = Sessions.layer.pipe(
    Layer.provideMerge([
      PowerdrillConfig.layer({ apiKey: canary, requestsPerSecond: Infinity }),
      Layer.succeed(HttpClient.HttpClient, client)
    ])
  )
  return { state, layer }
}

/** One deed of a hook. */
const act = (deed: typeof Deed.Type): Effect.Effect<void> => {
  switch (deed) {
    case "nothing":
    case "veto":
    case "fail":
      return Effect.void
    case "die":
      return Effect.die("oh")
    case "throw":
      throw new Error("oh")
    case "interrupt":
      return Effect.interrupt
    case "hang":
      return Effect.never
    case "cling":
      return Effect.uninterruptible(Effect.never)
    case "slow":
      return Effect.sleep("100 millis")
    case "delete":
      return Effect.void
  }
}

const request = { sessionId: "04b6", userId: "tmm-1" }

/** Calls with plugins, in simulated time, and everything random the same each time. */
const call = Effect.fnUntraced(function* (
  moves: ReadonlyArray<typeof Move.Type>,
  plugins: (again: Effect.Effect<unknown>) => ReadonlyArray<Plugin<Denial>>,
  method: "delete" | "ensureDeleted" = "delete"
) {
  const { layer, state } = server(moves)
  const fiber = yield* Effect.gen(function* () {
    const base = yield* Sessions
    const sessions = yield* Sessions.make(...plugins(Effect.exit(base.delete(request))))
    return yield* sessions[method](request)
  }).pipe(Effect.provide([layer, Logger.layer([])]), Random.withSeed("seed"), Effect.exit, Effect.forkChild)
  yield* TestClock.adjust("10 minutes")
  const exit = yield* Fiber.join(fiber)
  return { exit, ...state }
})

const summary = (exit: Exit.Exit<{ readonly disposition: string }, unknown>) => {
  if (Exit.isSuccess(exit)) return exit.value.disposition
  const error = Cause.squash(exit.cause)
  return error instanceof Error && "outcome" in error ? `${error.name} ${error.outcome}` : String(error)
}

const toPlugin = (
  { after, before, onAttempt, onRetry }: typeof Hostile.Type,
  index: number,
  again: Effect.Effect<unknown>
): Plugin => {
  // One that has none is no plugin.
  const last =
    after ?? (before === undefined && onAttempt === undefined && onRetry === undefined ? "nothing" : undefined)
  const hook = (deed: typeof Deed.Type) => (deed === "delete" ? Effect.asVoid(again) : act(deed))
  return Plugin.make({
    name: `plugin-${index}`,
    before:
      before === undefined
        ? undefined
        : () => (before === "veto" ? Plugin.veto("no") : before === "fail" ? Effect.fail("no") : hook(before)),
    onAttempt: onAttempt && (() => hook(onAttempt)),
    onRetry: onRetry && (() => hook(onRetry)),
    after: last && (() => hook(last))
  })
}

const saysNo = (deed: typeof Deed.Type | undefined) =>
  deed !== undefined && deed !== "nothing" && deed !== "slow" && deed !== "delete"

const wrapper = (wrapping: typeof Wrapping.Type, index: number): Plugin<Denial> =>
  Plugin.make({
    name: `wrapper-${index}`,
    around: (_, next) => {
      switch (wrapping) {
        case "lets be":
          return next
        case "gives up":
          return Effect.fail(new Denial({ outcome: "not-deleted" }))
        case "denies":
          return Effect.andThen(Effect.exit(next), Effect.fail(new Denial({ outcome: "not-deleted" })))
        case "dies":
          return Effect.andThen(next, Effect.die("oh"))
        case "forges":
          return Effect.catch(next, () => Effect.succeed(Object.create(null)))
        case "hurries":
          return Effect.timeoutOrElse(next, {
            duration: "1 second",
            orElse: () => Effect.fail(new Denial({ outcome: "not-deleted" }))
          })
        case "runs away":
          return Effect.andThen(
            Effect.forkDetach(next, { startImmediately: true }),
            Effect.fail(new Denial({ outcome: "not-deleted" }))
          )
        case "clings":
          return Effect.andThen(next, Effect.uninterruptible(Effect.never))
        case "clings first":
          return Effect.andThen(Effect.uninterruptible(Effect.never), next)
        case "insists":
          return Effect.catch(next, () => next)
      }
    }
  })

const moves = Schema.Array(Move)

describe("any list of plugins", () => {
  it.effect.prop(
    "B21 B22 B23 observers change nothing, a guard that says no lets nothing through, and `after` is told once",
    { moves, plugins: Schema.Array(Hostile) },
    ({ moves, plugins }) =>
      Effect.gen(function* () {
        const told: Array<string> = []
        const witness = Plugin.make({ name: "witness", after: ({ _tag }) => Effect.sync(() => told.push(_tag)) })
        const all = yield* call(moves, (again) => [
          ...plugins.map((plugin, index) => toPlugin(plugin, index, again)),
          witness
        ])
        const alone = yield* call(moves, () => [])
        assert.strictEqual(told.length, 1)
        if (plugins.some(({ before }) => saysNo(before))) {
          assert.strictEqual(summary(all.exit), "Vetoed not-deleted")
          assert.strictEqual(all.requests, 0)
          assert.deepStrictEqual(told, ["Vetoed"])
        } else {
          assert.strictEqual(summary(all.exit), summary(alone.exit))
          assert.strictEqual(all.requests, alone.requests)
          assert.strictEqual(all.held, alone.held)
        }
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect.prop(
    "B24 no wrapper makes a call say what is not true",
    { moves, wrappings: Schema.Array(Wrapping), method: Schema.Literals(["delete", "ensureDeleted"]) },
    ({ method, moves, wrappings }) =>
      Effect.gen(function* () {
        const told: Array<Plugin.Outcome> = []
        const witness = Plugin.make({ name: "witness", after: (outcome) => Effect.sync(() => told.push(outcome)) })
        const { exit, held, requests } = yield* call(moves, () => [witness, ...wrappings.map(wrapper)], method)
        const says = summary(exit)
        if (Exit.isSuccess(exit)) assert.isFalse(held, says)
        if (says.endsWith("not-deleted")) assert.isTrue(held, says)
        assert.strictEqual(told.length, 1)
        assert.strictEqual(told[0]?._tag === "Deleted", Exit.isSuccess(exit))
        assert.strictEqual(told[0]?.attempts, requests)
      }),
    { arbitrary: { runs: 300 } }
  )
})
