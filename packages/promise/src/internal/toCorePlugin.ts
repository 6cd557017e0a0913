/**
 * A plugin of promises becomes one of the core, which does all that keeps the truth: times, vetoes, and what a wrapper may
 * say. Here a hook is only run, told when nobody waits for it any more, and what it throws is made an error.
 */
import * as Core from "@powerdrill-sessions/core"
import { Cause, Duration, Effect, Exit, FiberSet, Predicate } from "effect"
import type { Plugin } from "../Plugin.ts"
import { Confirmed } from "./confirmed.ts"
import { runInside } from "./insideHook.ts"
import { isTimeSpan } from "./isTimeSpan.ts"
import { toReceipt } from "./toReceipt.ts"

/**
 * `redact` takes the API key out of text, whoever has put it there.
 *
 * @internal
 */
export const toCorePlugin = (plugin: Plugin, redact: (text: string) => string = (text) => text): Core.Plugin => {
  // Read once: a plugin that is changed later is in force as it was.
  const { after, around, before, name, onAttempt, onRetry, timeout } = plugin
  const run = <A>(hook: (context: Plugin.Context) => A): Effect.Effect<Awaited<A>, Thrown> =>
    Effect.tryPromise({
      try: (signal) => runInside(name, () => hook({ signal })),
      catch: (value) => new Thrown(value)
    })
  const observe = <A>(hook: (context: Plugin.Context) => A): Effect.Effect<Awaited<A>> =>
    Effect.catch(run(hook), ({ value }) => Effect.die(toError(value)))

  return Core.Plugin.make({
    name,
    timeout,
    before:
      before &&
      ((call) =>
        run((context): unknown => before.call(plugin, call, context)).pipe(
          Effect.mapError(({ value }) => toVeto(value)),
          Effect.flatMap((answer) => {
            if (answer === false) return Core.Plugin.veto("its guard returned false")
            return answer instanceof Error ? Effect.fail(toVeto(answer)) : Effect.void
          })
        )),
    around: around && ((call, next) => wrap(name, call, next, run, around.bind(plugin), redact)),
    onAttempt:
      onAttempt &&
      (({ duration, queued, ...attempt }) => {
        const told = {
          ...attempt,
          ...(attempt.error && { error: attempt.error }),
          queuedMillis: Duration.toMillis(queued),
          durationMillis: Duration.toMillis(duration)
        }
        return observe((context): unknown => onAttempt.call(plugin, told, context))
      }),
    onRetry:
      onRetry &&
      (({ wait, ...retry }) => {
        const told = { ...retry, error: retry.error, waitMillis: Duration.toMillis(wait) }
        return Effect.flatMap(
          observe((context): unknown => onRetry.call(plugin, told, context)),
          toDecision
        )
      }),
    after: after && ((outcome) => observe((context): unknown => after.call(plugin, toOutcome(outcome), context)))
  })
}

/** What a hook has thrown, which can be anything. */
class Thrown {
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

const toError = (thrown: unknown): Error => {
  try {
    // Reading may itself throw.
    return thrown instanceof Error && Predicate.isString(thrown.message) ? thrown : new Error(String(thrown))
  } catch {
    return new Error("it threw something that cannot be told")
  }
}

/** To throw is how a guard of promises says no: nobody can tell an error that was meant from one that was not. */
const toVeto = (thrown: unknown): Error => {
  const error = toError(thrown)
  return Predicate.isTagged(error, "Veto") ? error : new Core.Veto({ reason: `its guard failed: ${error.message}` })
}

type Run = <A>(hook: (context: Plugin.Context) => A) => Effect.Effect<Awaited<A>, Thrown>

/** Runs a wrapper. It may let pass what `next` has ended with, or refuse before; the core judges all else. */
const wrap = (
  plugin: string,
  call: Core.Plugin.Call,
  next: Effect.Effect<Core.Plugin.Confirmed, unknown>,
  run: Run,
  around: NonNullable<Plugin["around"]>,
  redact: (text: string) => string
): Effect.Effect<Core.Plugin.Confirmed, Core.SessionsError> =>
  Effect.scoped(
    Effect.gen(function* () {
      // What a wrapper leaves behind ends with it.
      const start = yield* FiberSet.makeRuntimePromise()
      let isCalled = false
      const proceed = async () => {
        const exit = await start(Effect.exit(next))
        if (Exit.isSuccess(exit)) return new Confirmed(exit.value)
        throw Cause.squash(exit.cause)
      }
      const returned = yield* run((context) =>
        around(
          call,
          () => {
            isCalled = true
            const ending = proceed()
            // A wrapper need not wait for it.
            ending.catch(() => {})
            return ending
          },
          context
        )
      ).pipe(
        Effect.catch(({ value }): Effect.Effect<never, Core.SessionsError> => {
          if (Core.isSessionsError(value)) return Effect.fail(value)
          if (isCalled) return Effect.die(toError(value))
          const reason = value instanceof Core.Veto ? value.reason : `its wrapper failed: ${toError(value).message}`
          return Effect.fail(vetoed(call, plugin, redact(reason), value instanceof Core.Veto ? value : {}))
        })
      )
      const confirmed = Confirmed.unwrap(returned)
      return confirmed ?? (yield* Effect.die(new Error("It did not return what `next` had resolved to.")))
    })
  )

/**
 * A refusal before anything was sent.
 *
 * @internal
 */
export const vetoed = (
  {
    afterUnknown,
    externalTraceId,
    sessionId
  }: Pick<Core.DeleteRequest, "sessionId" | "externalTraceId" | "afterUnknown">,
  plugin: string,
  reason: string,
  { broken, entireRun }: { readonly broken?: boolean; readonly entireRun?: boolean } = {}
) =>
  new Core.Vetoed({
    sessionId,
    ...(externalTraceId === undefined ? undefined : { externalTraceId }),
    outcome: afterUnknown === true ? "unknown" : "not-deleted",
    attempts: 0,
    plugin,
    reason: reason.replace(/\.$/, ""),
    ...(entireRun === true ? { entireRun } : undefined),
    ...(broken === true ? { broken } : undefined)
  })

const toDecision = (decision: unknown): Effect.Effect<Core.Plugin.Decision | void> => {
  if (decision === "stop") return Effect.succeed(Core.Plugin.stop)
  if (decision === undefined || decision === null) return Effect.void
  return Predicate.hasProperty(decision, "wait") && isTimeSpan(decision.wait)
    ? Effect.succeed(Core.Plugin.wait(decision.wait))
    : Effect.die(new Error('It returned neither "stop" nor { wait }, with a length of time.'))
}

const toOutcome = (outcome: Core.Plugin.Outcome): Plugin.Outcome => {
  const { attempts, call } = outcome
  const ended = { call, attempts, durationMillis: Duration.toMillis(outcome.duration) }
  switch (outcome._tag) {
    case "Deleted":
      return { _tag: outcome._tag, ...ended, receipt: toReceipt(outcome.receipt) }
    case "NotDeleted":
    case "Unknown":
      return { _tag: outcome._tag, ...ended, error: outcome.error }
    case "Vetoed":
      return { _tag: outcome._tag, ...ended, error: outcome.error }
    case "Interrupted":
      return { _tag: outcome._tag, ...ended, outcome: outcome.outcome }
    case "Died":
      return { _tag: outcome._tag, ...ended, outcome: outcome.outcome, detail: outcome.detail }
  }
}
