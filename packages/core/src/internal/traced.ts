/**
 * Spans for those who trace, nothing at all for those who do not.
 */
import { Clock, Context, Effect, Exit, LogLevel, Option, Predicate, References, Stream, Tracer } from "effect"

const isTraced = (context: Context.Context<never>) =>
  Context.getOrUndefined(context, Tracer.ParentSpan) !== undefined ||
  Context.getOrUndefined(context, Tracer.Tracer) !== undefined

/** What a span is opened with. */
export interface Details {
  readonly options?: Tracer.SpanOptionsNoTrace
  /** The error that the span shows instead of the one that the effect fails with. */
  readonly shown: (error: unknown) => unknown
}

/**
 * Opens a span around an effect if there is a tracer, or a span to be a child of. Only then are its details computed. The
 * effect is made when it is run, for the context that it is run in.
 */
export const withSpanWhenTraced = <A, E, R>(
  self: (context: Context.Context<never>) => Effect.Effect<A, E, R>,
  name: string,
  details: () => Details
): Effect.Effect<A, E, R> =>
  Effect.withFiber(({ context }) =>
    isTraced(context)
      ? withSpan(
          Effect.withFiber((fiber) => self(fiber.context)),
          name,
          details()
        )
      : self(context)
  )

/** The same around a stream, from its first pull to its end. Its errors are shown as they are. */
export const streamWithSpanWhenTraced =
  (name: string) =>
  <A, E, R>(self: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> =>
    Stream.unwrap(
      Effect.withFiber<Stream.Stream<A, E, R>>((fiber) =>
        Effect.succeed(
          isTraced(fiber.context)
            ? self.pipe(
                Stream.tapError((error) => Effect.annotateCurrentSpan({ "error.type": typeOf(Exit.fail(error)) })),
                Stream.withSpan(name, { captureStackTrace: false })
              )
            : self
        )
      )
    )

const withSpan = <A, E, R>(self: Effect.Effect<A, E, R>, name: string, { options, shown }: Details) =>
  Effect.flatMap(Effect.makeSpan(name, options), (span) =>
    Effect.onExit(Effect.provideService(self, Tracer.ParentSpan, span), (exit) =>
      Effect.withFiber((fiber) => {
        told(() => {
          const type = typeOf(exit)
          if (type !== undefined) span.attribute("error.type", type)
          const isTimed = fiber.getRef(References.TracerTimingEnabled)
          span.end(isTimed ? fiber.getRef(Clock.Clock).currentTimeNanosUnsafe() : 0n, Exit.mapError(exit, shown))
        })
        return Effect.void
      })
    )
  )

/** The caller hears what really happened, whatever its tracer makes of it. */
const told = (tell: () => void): void => {
  try {
    tell()
  } catch {
    // It is the tracer's.
  }
}

const typeOf = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  return Predicate.hasProperty(error, "_tag") && Predicate.isString(error._tag) ? error._tag : undefined
}

/** Adds attributes to the span that {@link withSpanWhenTraced} opened, if it did. */
export const annotate = (context: Context.Context<never>, attributes: () => Record<string, unknown>): void => {
  const span = Context.getOrUndefined(context, Tracer.ParentSpan)
  if (span?._tag !== "Span") return
  told(() => {
    for (const [name, value] of Object.entries(attributes())) span.attribute(name, value)
  })
}

/** Adds attributes to that span, and a line with the same to the log at debug, if anybody wants either of them. */
export const reported = (
  context: Context.Context<never>,
  message: string,
  attributes: () => Record<string, unknown>
): Effect.Effect<void> => {
  annotate(context, attributes)
  const isLogged = LogLevel.isLessThanOrEqualTo(Context.get(context, References.MinimumLogLevel), "Debug")
  return isLogged ? Effect.logDebug(message, attributes()) : Effect.void
}
