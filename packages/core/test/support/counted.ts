/**
 * Counts what makes calls slow, while an effect runs.
 */
import { vi } from "@effect/vitest"
import { Effect, Tracer } from "effect"

/** Fibers are numbered as they are started. */
const newest = Effect.map(Effect.forkChild(Effect.void), ({ id }) => id)

export const counted = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const spies = {
    timers: vi.spyOn(globalThis, "setTimeout"),
    spans: vi.spyOn(Tracer.nativeTracer, "span"),
    controllers: vi.spyOn(globalThis, "AbortController"),
    urls: vi.spyOn(globalThis, "URL"),
    finalizers: vi.spyOn(FinalizationRegistry.prototype, "register"),
    // Where Effect keeps what it has made of a schema.
    schemas: vi.spyOn(WeakMap.prototype, "set")
  }
  const before = yield* newest
  yield* effect
  const fibers = (yield* newest) - before - 1
  const { controllers, finalizers, schemas, spans, timers, urls } = spies
  const counts = {
    fibers,
    timers: timers.mock.calls.length,
    spans: spans.mock.calls.length,
    controllers: controllers.mock.calls.length,
    urls: urls.mock.calls.length,
    finalizers: finalizers.mock.calls.length,
    schemas: schemas.mock.calls.length
  }
  vi.restoreAllMocks()
  return counts
})
