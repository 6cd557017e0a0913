/**
 * Spans for those who trace, nothing at all for those who do not.
 */
import { Context, Effect, Exit, LogLevel, Option, Predicate, References, Stream, Tracer } from "effect"

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
  Effect.suspend(() => {
    let ending: Exit.Exit<A, E> = Exit.interrupt()
    return Effect.useSpan(
      name,
      options ?? {},
      (span) =>
        Effect.withParentSpan(self, span).pipe(
          Effect.onExit((exit) =>
            Effect.sync(() => {
              ending = exit
              const type = typeOf(exit)
              if (type !== undefined) span.attribute("error.type", type)
            })
          ),
          Effect.mapError(shown)
        )
      // The caller is told what really happened.
    ).pipe(Effect.catchCause(() => ending))
  })

const typeOf = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  return Predicate.hasProperty(error, "_tag") && Predicate.isString(error._tag) ? error._tag : undefined
}

/** Adds attributes to the span that {@link withSpanWhenTraced} opened, if it did. */
export const annotate = (
  context: Context.Context<never>,
  attributes: () => Record<string, unknown>
): Effect.Effect<void> => (isTraced(context) ? Effect.annotateCurrentSpan(attributes()) : Effect.void)

/** Adds attributes to that span, and a line with the same to the log at debug, if anybody wants either of them. */
export const reported = (
  context: Context.Context<never>,
  message: string,
  attributes: () => Record<string, unknown>
): Effect.Effect<void> => {
  const isLogged = LogLevel.isLessThanOrEqualTo(Context.get(context, References.MinimumLogLevel), "Debug")
  if (!isLogged && !isTraced(context)) return Effect.void
  const shown = attributes()
  return Effect.andThen(
    annotate(context, () => shown),
    Effect.logDebug(message, shown)
  )
}
