/**
 * The kernel of the plugins: a list of them becomes one set of hooks, and a call runs inside of it.
 *
 * What plugins do is weighed against what the core itself knows of the call. They can refuse it before anything is sent,
 * and fail with errors that claim no more than is known; nothing else they do changes how it ends.
 */
import {
  Cause,
  Context,
  Duration,
  Effect,
  Exit,
  Fiber,
  Formatter,
  Option,
  Predicate,
  Semaphore,
  Tracer,
  type Types
} from "effect"
import type { Plugin } from "../Plugin.ts"
import type { Receipt } from "../Receipt.ts"
import { type FailedOutcome, OutcomeUnknown, SessionNotFound, type SessionsError, Vetoed } from "../SessionsError.ts"
import { Confirmed } from "./confirmed.ts"
import { bounded, complain, type Hook, hooksOf, type Redact } from "./hook.ts"
import { quote } from "./prose.ts"
import { redacted } from "./redacted.ts"

/** A call as the core runs it. */
export interface Core {
  readonly call: Plugin.Call
  /** That of the caller. */
  readonly context: Context.Context<never>
  /** Sends, tries again, reads the answer. Run again, it goes on where it ended. */
  readonly run: Effect.Effect<Receipt, SessionsError>
  /** What is known of the call at this moment. */
  readonly known: () => { readonly attempts: number; readonly outcome: FailedOutcome }
  readonly left: () => Duration.Duration
  /** In milliseconds since 1970. */
  readonly now: () => number
  /** No attempt begins after this. */
  readonly close: () => void
}

/** What a list of plugins amounts to. A hook that none of them has is absent. */
export interface Hooks<E extends Plugin.Failure = never> {
  /** Runs a call, from its guards, which begin at once, to its `after`. */
  readonly perform: (core: Core) => Effect.Effect<Receipt, SessionsError | E>
  readonly onAttempt:
    | ((attempt: Plugin.Attempt, left: Duration.Duration, context: Context.Context<never>) => Effect.Effect<void>)
    | undefined
  readonly onRetry: ((retry: Plugin.Retry, left: Duration.Duration) => Effect.Effect<Advice>) | undefined
}

/** What the plugins make of a retry, all of them together. */
export interface Advice {
  readonly stop: boolean
  readonly wait: Duration.Duration
}

/** `redact` takes the API key out of text, whoever has put it there. */
export const compose = <E extends Plugin.Failure>(plugins: ReadonlyArray<Plugin<E>>, redact: Redact): Hooks<E> => {
  if (plugins.length === 0) return { perform: ({ run }) => run, onAttempt: undefined, onRetry: undefined }
  const guards = hooksOf(plugins, ({ before }) => before)
  const wrappers = hooksOf(plugins, ({ around }) => around)
  const attempts = hooksOf(plugins, ({ onAttempt }) => onAttempt)
  const retries = hooksOf(plugins, ({ onRetry }) => onRetry)
  const endings = hooksOf(plugins, ({ after }) => after)
  const duplicate = duplicateOf(plugins)

  return {
    perform: (core) => {
      const said: Said = { last: undefined }
      const run = Effect.onExit(core.run, (exit) => {
        said.last = exit
        if (Exit.isSuccess(exit)) Object.freeze(exit.value)
        else for (const reason of exit.cause.reasons) if (Cause.isFailReason(reason)) fixed(reason.error)
        return Effect.void
      })
      const startedAt = core.now()
      const body = () =>
        Effect.flatMapEager(
          duplicate === undefined
            ? ask(guards, core, redact)
            : veto(core, duplicate, "two plugins have this name", broken),
          () => (wrappers.length === 0 ? run : wrap<E>(wrappers, core, run, said, redact))
        )
      // Whatever the guards do, `after` is told.
      return endings.length === 0 ? body() : told(Effect.suspend(body), endings, core, startedAt, said, redact)
    },
    onAttempt:
      attempts.length === 0
        ? undefined
        : (attempt, left, context) => observe("onAttempt", attempts, attempt, attempt.call, left, context, redact),
    onRetry: retries.length === 0 ? undefined : (retry, left) => advise(retries, retry, left, redact)
  }
}

/** The name that two of the plugins have. */
export const duplicateOf = (plugins: ReadonlyArray<{ readonly name: string }>): string | undefined =>
  plugins.find(({ name }, index) => plugins.findIndex((other) => other.name === name) < index)?.name

export const veto = (
  core: Pick<Core, "call" | "known">,
  plugin: string,
  reason: string,
  kind?: Pick<Vetoed, "entireRun" | "broken">
) => fixed(new Vetoed({ ...about(core.call), ...core.known(), plugin, reason: reason.replace(/\.$/, ""), ...kind }))

/** Nobody has said no. */
const broken = { broken: true } as const

/**
 * What hooks are handed, and the caller is told as well: none of them can change it. It is not frozen whole, since the
 * stack of an error is yet to become that of the caller.
 */
export const fixed = <A extends object>(told: A): A => {
  const fields = told instanceof Error ? [...Object.keys(told), "message"] : Object.keys(told)
  for (const field of fields) {
    const value: unknown = Reflect.get(told, field)
    Reflect.defineProperty(told, field, { value, writable: false, configurable: false })
  }
  return told
}

const about = ({ externalTraceId, sessionId }: Plugin.Call) => ({
  sessionId,
  ...(externalTraceId === undefined ? undefined : { externalTraceId })
})

/** What the core itself has said of a call, the last time it ran. */
interface Said {
  last: Exit.Exit<Receipt, SessionsError> | undefined
}

/** Asks the guards, one after the other, until one says no. */
const ask = (
  guards: ReadonlyArray<Hook<NonNullable<Plugin["before"]>>>,
  core: Core,
  redact: Redact
): Effect.Effect<void, Vetoed> =>
  guards.reduce<Effect.Effect<void, Vetoed>>(
    (before, { inside, plugin, run, timeout }) =>
      Effect.flatMapEager(before, () => {
        const time = Duration.min(timeout, core.left())
        return Effect.flatMapEager(
          bounded(core.context, { inside, timeout: time }, () => run(core.call)),
          (exit) => {
            if (exit === undefined) {
              return Effect.fail(veto(core, plugin, `its guard took longer than ${Duration.format(time)}`, broken))
            }
            if (Exit.isFailure(exit)) {
              const error = Cause.squash(exit.cause)
              return Effect.fail(veto(core, plugin, redact(reasonOf(error)), kindOf(error)))
            }
            // It has nothing to answer, but who writes that means no.
            return isNo(exit.value)
              ? Effect.fail(veto(core, plugin, redact(`its guard answered ${shown(exit.value)}`)))
              : Effect.void
          }
        )
      }),
    Effect.void
  )

const isNo = (answer: unknown): boolean => answer === false || answer instanceof Error

const isVeto = (error: unknown): error is { readonly reason: string } =>
  Predicate.isTagged(error, "Veto") && Predicate.hasProperty(error, "reason") && Predicate.isString(error.reason)

const reasonOf = (error: unknown): string =>
  isVeto(error) ? error.reason : `its guard failed: ${Predicate.isError(error) ? error.message : shown(error)}`

const kindOf = (error: unknown) => {
  if (!isVeto(error)) return broken
  return {
    ...(Predicate.hasProperty(error, "entireRun") && error.entireRun === true
      ? { entireRun: true as const }
      : undefined),
    ...(Predicate.hasProperty(error, "broken") && error.broken === true ? broken : undefined)
  }
}

/** Anything can be thrown, also what has no `toString`. */
const shown = (u: unknown): string => (Predicate.isError(u) || Predicate.isString(u) ? String(u) : Formatter.format(u))

/** Runs a call inside of the wrappers, and makes sure that what they say of it is true. */
const wrap = <E extends Plugin.Failure>(
  wrappers: ReadonlyArray<Hook<Around<E>>>,
  core: Core,
  run: Core["run"],
  said: Said,
  redact: Redact
): Effect.Effect<Receipt, SessionsError | E> =>
  Effect.withFiber((caller) => {
    const turn = Semaphore.makeUnsafe(1)
    let confirmed: Confirmed | undefined
    let running: Fiber.Fiber<unknown, unknown> | undefined
    // The innermost wrapper that says something else than the core.
    let blamed = ""

    const next = turn.withPermit(
      Effect.withFiber<Confirmed, SessionsError>((fiber) => {
        if (confirmed !== undefined) return Effect.succeed(confirmed)
        running = fiber
        return run.pipe(
          Effect.updateContext(ownContext),
          Effect.map((receipt) => (confirmed = new Confirmed(receipt))),
          Effect.ensuring(Effect.sync(() => (running = undefined)))
        )
      })
    )
    // What is sent is sent as if nobody stood in between: a wrapper's own services, a `fetch` among them, are not for it.
    const ownContext = (wrapper: Context.Context<never>) => {
      const span = Context.getOrUndefined(wrapper, Tracer.ParentSpan)
      return span === undefined ? caller.context : Context.add(caller.context, Tracer.ParentSpan, span)
    }
    const isConfirmed = (exit: Exit.Exit<unknown, unknown>) => Exit.isSuccess(exit) && exit.value === confirmed
    // An error must be fair; a defect must be the core's own.
    const isTrue = (cause: Cause.Cause<unknown>): boolean => {
      const error = Option.getOrUndefined(Cause.findErrorOption(cause))
      if (error !== undefined) return isFair(error, core)
      return Cause.hasInterruptsOnly(cause) || (said.last !== undefined && isSame(cause, said.last))
    }
    const blame = (plugin: string, exit: Exit.Exit<unknown, unknown>) => {
      if (blamed === "" && !(Exit.isSuccess(exit) ? isConfirmed(exit) : isTrue(exit.cause))) blamed = plugin
    }

    const settle = (exit: Exit.Exit<Confirmed, SessionsError | E>): Effect.Effect<Receipt, SessionsError | E> => {
      core.close()
      running?.interruptUnsafe()
      const { last } = said
      if (Exit.isSuccess(exit) && isConfirmed(exit)) return Effect.succeed(exit.value.receipt)
      if (Exit.isFailure(exit) && confirmed === undefined && isTrue(exit.cause)) {
        return Effect.mapError(Effect.failCause(exit.cause), (error) => fixed(redacted(error, redact)))
      }
      const why = Exit.isSuccess(exit)
        ? "it made up a success"
        : withoutUser(core.call, redact)(Cause.pretty(exit.cause))
      const warn = Effect.logWarning(`Plugin ${quote(blamed)}: its wrapper does not change how the call ended`, why)
      if (last !== undefined && (Exit.isSuccess(last) || (isTrue(last.cause) && !isInterrupted(last)))) {
        return Effect.andThen(warn, last)
      }
      const known = core.known()
      const error =
        known.attempts === 0
          ? veto(core, blamed, "its wrapper sent nothing, and ended without an error that says so", broken)
          : new OutcomeUnknown({ ...about(core.call), ...known, reason: "interrupted" })
      return Effect.andThen(warn, Effect.fail(error))
    }

    return Effect.suspend(() => {
      const fiber = Effect.runForkWith(caller.context)(nest(wrappers, core.call, next, blame))
      const stop = Effect.sync(() => {
        core.close()
        fiber.interruptUnsafe()
      })
      const tooLong = Exit.die(new Error("It took longer than the deadline."))
      return Fiber.await(fiber).pipe(
        // One that cannot be interrupted is left behind.
        Effect.timeoutOrElse({ duration: core.left(), orElse: () => Effect.as(stop, tooLong) }),
        Effect.onInterrupt(() => Effect.andThen(stop, Effect.timeoutOption(Fiber.await(fiber), timeToRelease))),
        Effect.flatMap(settle)
      )
    })
  })

/** How long an interrupted call waits for its wrappers to release what they have acquired. */
const timeToRelease = "5 seconds"

/** Whether a cause is what the core has died of. */
const isSame = (cause: Cause.Cause<unknown>, said: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(said) && Cause.squash(cause) === Cause.squash(said.cause)

type Around<E extends Plugin.Failure> = NonNullable<Plugin<E>["around"]>

/** The wrappers around `next`, the first of them outermost. To each, the errors of those further in are unhandled. */
function nest<E extends Plugin.Failure>(
  wrappers: ReadonlyArray<Hook<Around<E>>>,
  call: Plugin.Call,
  next: Effect.Effect<Confirmed, SessionsError>,
  onExit: (plugin: string, exit: Exit.Exit<unknown, unknown>) => void
): Effect.Effect<Confirmed, SessionsError | E>
function nest(
  wrappers: ReadonlyArray<Hook<Around<never>>>,
  call: Plugin.Call,
  next: Effect.Effect<Confirmed, SessionsError | Types.unhandled>,
  onExit: (plugin: string, exit: Exit.Exit<unknown, unknown>) => void
): Effect.Effect<Confirmed, SessionsError | Types.unhandled> {
  return wrappers.reduceRight(
    (inner, { inside, plugin, run }) =>
      Effect.suspend(() => run(call, inner)).pipe(
        Effect.updateContext(inside),
        Effect.onExit((exit) => Effect.sync(() => onExit(plugin, exit)))
      ),
    next
  )
}

const isInterrupted = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)

/** Whether an error is one of this call, and claims no more than is known. */
const isFair = (error: unknown, core: Core): boolean => {
  const { call } = core
  if (!Predicate.hasProperty(error, "outcome")) return false
  if (Predicate.hasProperty(error, "sessionId") && error.sessionId !== call.sessionId) return false
  if (error instanceof SessionNotFound && call.method === "ensureDeleted") return false
  const { attempts, outcome } = core.known()
  if (error instanceof Vetoed && attempts > 0) return false
  return error.outcome === "unknown" || (error.outcome === "not-deleted" && outcome === "not-deleted")
}

/** Tells the observers of `after`, once, however the call ends. */
const told = <E extends Plugin.Failure>(
  body: Effect.Effect<Receipt, SessionsError | E>,
  observers: ReadonlyArray<Hook<NonNullable<Plugin["after"]>>>,
  core: Core,
  startedAt: number,
  said: Said,
  redact: Redact
): Effect.Effect<Receipt, SessionsError | E> =>
  Effect.onExit(body, (exit) => {
    const ended = {
      call: core.call,
      attempts: core.known().attempts,
      duration: Duration.millis(core.now() - startedAt),
      ...ending(exit, core, said, redact)
    }
    return observe("after", observers, ended, core.call, Duration.infinity, core.context, redact)
  })

const ending = (
  exit: Exit.Exit<Receipt, SessionsError | Plugin.Failure>,
  core: Core,
  { last }: Said,
  redact: Redact
) => {
  // What is done is done, even if its caller has gone away since.
  const end = last !== undefined && Exit.isSuccess(last) ? last : exit
  if (Exit.isSuccess(end)) return { _tag: "Deleted", receipt: end.value } as const
  const error = Option.getOrUndefined(Cause.findErrorOption(end.cause))
  if (error instanceof Vetoed) return { _tag: "Vetoed", error } as const
  if (error !== undefined) return { _tag: error.outcome === "unknown" ? "Unknown" : "NotDeleted", error } as const
  const { outcome } = core.known()
  return isInterrupted(end)
    ? ({ _tag: "Interrupted", outcome } as const)
    : ({ _tag: "Died", outcome, detail: redact(shown(Cause.squash(end.cause))) } as const)
}

/** Tells observers, all at once, each for itself; none has more time than there is left. */
const observe = <A extends object>(
  hook: string,
  observers: ReadonlyArray<Hook<(input: A) => Effect.Effect<unknown>>>,
  input: A,
  call: Plugin.Call,
  left: Duration.Duration,
  context: Context.Context<never>,
  redact: Redact
): Effect.Effect<void> => {
  Object.freeze(input)
  const telling = observers.map(({ inside, plugin, run, timeout }) =>
    Effect.flatMapEager(
      bounded(context, { inside, timeout: Duration.min(timeout, left) }, () => run(input)),
      (exit) => complain(hook, plugin, exit, withoutUser(call, redact))
    )
  )
  return telling.every(Exit.isExit) ? Effect.void : Effect.all(telling, { concurrency: "unbounded", discard: true })
}

/** For log lines, in which users have no place. */
const withoutUser =
  ({ userId }: Plugin.Call, redact: Redact): Redact =>
  (text) =>
    redact(text).replaceAll(userId, "<redacted>")

const advise = (
  retries: ReadonlyArray<Hook<NonNullable<Plugin["onRetry"]>>>,
  retry: Plugin.Retry,
  left: Duration.Duration,
  redact: Redact
): Effect.Effect<Advice> => {
  Object.freeze(retry)
  const none: Advice = { stop: false, wait: retry.wait }
  const toAdvice = (decision: Plugin.Decision | void): Advice => {
    if (decision?._tag === "Stop") return { ...none, stop: true }
    return decision?._tag === "Wait" ? { ...none, wait: Duration.fromInputUnsafe(decision.wait) } : none
  }
  const ask = Effect.fnUntraced(function* ({ inside, plugin, run, timeout }: (typeof retries)[number]) {
    const hook = { inside, timeout: Duration.min(timeout, left) }
    const context = yield* Effect.context<never>()
    const exit = yield* bounded(context, hook, () => Effect.mapEager(run(retry), toAdvice))
    yield* complain("onRetry", plugin, exit, withoutUser(retry.call, redact))
    return exit === undefined || Exit.isFailure(exit) ? none : exit.value
  })
  return Effect.map(Effect.forEach(retries, ask, { concurrency: "unbounded" }), (all) =>
    all.reduce((one, other) => ({ stop: one.stop || other.stop, wait: Duration.max(one.wait, other.wait) }), none)
  )
}
