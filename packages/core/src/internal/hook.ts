/**
 * One hook of one plugin, and how it is run: on a fiber of its own unless it has ended when it begins, for so long at most,
 * and with the mark of its plugin, so that what it calls is refused.
 */
import { Cause, Context, Duration, Effect, Exit, Fiber } from "effect"
import type { Plugin } from "../Plugin.ts"
import { quote } from "./prose.ts"
import { remembered } from "./remembered.ts"

export interface Hook<Run> {
  readonly plugin: string
  readonly timeout: Duration.Duration
  /** The context of a caller, with the mark of this plugin in it. */
  readonly inside: (context: Context.Context<never>) => Context.Context<never>
  readonly run: Run
}

/** The hooks of one kind that plugins have. */
export const hooksOf = <P extends Pick<Plugin, "name" | "timeout">, Run>(
  plugins: ReadonlyArray<P>,
  pick: (plugin: P) => Run | undefined
): ReadonlyArray<Hook<Run>> =>
  plugins.flatMap((plugin) => {
    const run = pick(plugin)
    const { name, timeout = "5 seconds" } = plugin
    const inside = remembered(Context.add(InsideHook, name))
    return run === undefined ? [] : [{ plugin: name, timeout: Duration.fromInputUnsafe(timeout), inside, run }]
  })

/** The plugin whose hook a fiber runs: what it calls is refused. */
export class InsideHook extends Context.Service<InsideHook, string>()(
  "@powerdrill-sessions/core/internal/hook/InsideHook"
) {}

/**
 * Runs a hook in the context of a caller. One that does not stop when its time is up is left behind, and its exit is
 * `undefined`. It begins at once; where it also ends at once, which most do, nothing is waited for.
 */
export const bounded = <A, E>(
  caller: Context.Context<never>,
  { inside, timeout }: Pick<Hook<unknown>, "inside" | "timeout">,
  run: () => Effect.Effect<A, E>
): Effect.Effect<Exit.Exit<A, E> | undefined> => {
  const hook = begun(run)
  if (hasEnded(hook)) return Effect.succeed(hook)
  const fiber = Effect.runForkWith(inside(caller))(hook)
  const exit = fiber.pollUnsafe()
  if (exit !== undefined) return Effect.succeed(exit)
  const abandon = Effect.sync(() => fiber.interruptUnsafe())
  return Fiber.await(fiber).pipe(
    Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.as(abandon, undefined) }),
    Effect.onInterrupt(() => abandon)
  )
}

const hasEnded = <A, E, R>(hook: Effect.Effect<A, E, R>): hook is Exit.Exit<A, E> => Exit.isExit(hook)

const begun = <A, E>(run: () => Effect.Effect<A, E>): Effect.Effect<A, E> => {
  try {
    return run()
  } catch (defect) {
    return Exit.die(defect)
  }
}

/** Takes the API key out of text, whoever has put it there. */
export type Redact = (text: string) => string

/** A log line for a hook that has not ended well. */
export const complain = (
  hook: string,
  plugin: string,
  exit: Exit.Exit<unknown, unknown> | undefined,
  redact: Redact
): Effect.Effect<void> => {
  if (exit === undefined) return Effect.logWarning(`Plugin ${quote(plugin)}: ${hook} took too long and was left behind`)
  return Exit.isSuccess(exit)
    ? Effect.void
    : Effect.logWarning(
        `Plugin ${quote(plugin)}: ${hook} failed, which changes nothing`,
        redact(Cause.pretty(exit.cause))
      )
}

/** A plugin whose hooks have the services of a context. Those of the call come first. */
export const withContext = <E extends Plugin.Failure, R>(
  plugin: Plugin<E, R>,
  context: Context.Context<R>
): Plugin<E> => {
  const provided = <I extends ReadonlyArray<unknown>, A, E2>(
    run: ((...input: I) => Effect.Effect<A, E2, R>) | undefined
  ) => {
    if (run === undefined) return undefined
    const merged = remembered((called: Context.Context<never>) => Context.merge(context, called))
    return (...input: I): Effect.Effect<A, E2> => {
      const hook = run(...input)
      return hasEnded(hook) ? hook : Effect.updateContext(hook, merged)
    }
  }
  const { after, around, before, name, onAttempt, onRetry, timeout } = plugin
  return {
    name,
    timeout,
    before: provided(before),
    around: provided(around),
    onAttempt: provided(onAttempt),
    onRetry: provided(onRetry),
    after: provided(after)
  }
}
