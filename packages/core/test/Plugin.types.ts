/**
 * What a compiler knows of plugins. Each line that must not compile says why; `tsc` fails where one of them does.
 */
// @effect-diagnostics floatingEffect:off missingEffectContext:off missingEffectError:off
import {
  type DuplicatePlugin,
  Plugin,
  type Plugins,
  type PowerdrillConfig,
  type Receipt,
  Sessions,
  type SessionsError
} from "@powerdrill-sessions/core"
import { Context, Effect, Layer, Schema } from "effect"
import type { HttpClient } from "effect/http"

class Holds extends Context.Service<Holds, ReadonlySet<string>>()(
  "@powerdrill-sessions/core/test/Plugin.types/Holds"
) {}
class Tickets extends Context.Service<Tickets, { readonly approved: Effect.Effect<boolean> }>()(
  "@powerdrill-sessions/core/test/Plugin.types/Tickets"
) {}
class Busy extends Schema.TaggedError<Busy>()("Busy", { outcome: Schema.Literals(["not-deleted", "unknown"]) }) {}
class NoFile extends Schema.TaggedError<NoFile>()("NoFile", {}) {}

declare const lock: Effect.Effect<void, Busy, Tickets>
declare const receipt: Receipt
declare const load: Effect.Effect<Plugin<never, Holds>, NoFile, Tickets>

/** Compiles for types that are the same only. */
declare const same: <A, B>(
  yes: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never
) => void

const quiet = Plugin.make({ name: "quiet", after: () => Effect.void, around: (_, next) => next })
const held = Plugin.make({ name: "held", before: ({ sessionId }) => Effect.map(Holds, (ids) => ids.has(sessionId)) })
const exclusive = Plugin.make({ name: "exclusive", around: (_, next) => Effect.andThen(lock, next) })
const patient = Plugin.make({
  name: "patient",
  around: (_, next) => Effect.catchTag(next, "RateLimited", () => Effect.delay(next, "1 minute"))
})

// B25: errors and requirements are inferred.
same<typeof quiet, Plugin>(true)
same<typeof held, Plugin<never, Holds>>(true)
same<typeof exclusive, Plugin<Busy, Tickets>>(true)
same<typeof patient, Plugin>(true)

const layer = Plugin.layer(quiet, held, load)
same<typeof layer, Layer.Layer<Plugins, NoFile | DuplicatePlugin, Holds | Tickets>>(true)

const team = Sessions.make(quiet, exclusive, load)
same<
  typeof team,
  Effect.Effect<
    Sessions.With<Busy>,
    NoFile | DuplicatePlugin,
    HttpClient.HttpClient | PowerdrillConfig | Holds | Tickets
  >
>(true)

const one = Sessions.use((sessions) => sessions.delete({ sessionId: "04b6", userId: "tmm-1" }))
const scoped = Plugin.with(load)(one)
same<typeof scoped, Effect.Effect<Receipt, SessionsError | NoFile | DuplicatePlugin, Sessions | Holds | Tickets>>(true)

// Plain objects are plugins as well.
const plain = Plugin.layer({ name: "plain", before: () => Plugin.veto("no") })
same<typeof plain, Layer.Layer<Plugins, DuplicatePlugin>>(true)
const needing = Plugin.layer({ name: "needing", before: () => Effect.asVoid(Holds) })
same<typeof needing, Layer.Layer<Plugins, DuplicatePlugin, Holds>>(true)

// B25: a layer that is missing does not compile.
const run = (program: Effect.Effect<unknown, unknown>) => program
run(Effect.provide(one, Layer.provide(Sessions.layerFetch, Plugin.layer(quiet))))
// @ts-expect-error TS2345: `Holds` and `Tickets` are missing.
run(Effect.provide(one, Layer.provide(Sessions.layerFetch, layer)))

// @ts-expect-error TS2322: `Sessions` has no place for `Busy`; `Sessions.make` has.
Plugin.layer(exclusive)

// B22: an observer has no errors.
// @ts-expect-error TS2322: its errors must be handled.
Plugin.make({ name: "failing", after: () => Effect.fail("no") })

// B24: a receipt can only come from the core.
// @ts-expect-error TS2322: a receipt is not `Confirmed`.
Plugin.make({ name: "forging", around: () => Effect.succeed(receipt) })
// @ts-expect-error TS2322: what looks like one is not `Confirmed`.
Plugin.make({ name: "forging", around: () => Effect.succeed({ receipt }) })
// @ts-expect-error TS2322: the wrapper has forgotten to return what `next` has.
Plugin.make({ name: "forgetful", around: (_, next) => Effect.asVoid(next) })
// @ts-expect-error TS2322: an error must tell the outcome.
Plugin.make({ name: "vague", around: () => Effect.fail(new NoFile()) })

// What plugins see cannot be changed.
Plugin.make({
  name: "changing",
  // @ts-expect-error TS2540: it is read-only.
  before: (call) => Effect.sync(() => (call.method = "delete"))
})
