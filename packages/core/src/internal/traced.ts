/**
 * Spans for those who trace, nothing at all for those who do not.
 */
import { Context, Effect, type Fiber, Tracer } from "effect"

const isTraced = (fiber: Fiber.Fiber<unknown, unknown>) =>
  Context.getOrUndefined(fiber.context, Tracer.ParentSpan) !== undefined ||
  Context.getOrUndefined(fiber.context, Tracer.Tracer) !== undefined

/** Opens a span around an effect if there is a tracer, or a span to be a child of. */
export const withSpanWhenTraced =
  (name: string, options: Tracer.SpanOptionsNoTrace = {}) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withFiber<A, E, R>((fiber) =>
      isTraced(fiber) ? Effect.useSpan(name, options, (span) => Effect.withParentSpan(self, span)) : self
    )

/** Adds attributes to the span that {@link withSpanWhenTraced} opened, if it did. */
export const annotate = (attributes: Record<string, unknown>): Effect.Effect<void> =>
  Effect.withFiber((fiber) => (isTraced(fiber) ? Effect.annotateCurrentSpan(attributes) : Effect.void))
