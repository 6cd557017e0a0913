/**
 * This library: plugins of the core. Where the types forbid what a hook does, it does so all the same, as JavaScript can.
 */
import { isSessionsError, Plugin, PowerdrillConfig, RetryPolicy, Sessions } from "@powerdrill-sessions/core"
import { Cause, Effect, Exit, Layer, Logger } from "effect"
import { FetchHttpClient } from "effect/http"
import { broken, failure, type Library, type Play, type Stage, type Told } from "./Library.ts"

type Hooks = Omit<Plugin, "name" | "timeout">

export const powerdrillSessions: Library = {
  name: "this library",
  packages: ["@powerdrill-sessions/core"],
  plays: {
    beforeThrows: play(() => [{ before: broken }]),
    beforeHangs: play(() => [{ before: () => Effect.never }]),
    afterThrows: play(() => [{ after: broken }]),
    afterHangs: play(() => [{ after: () => Effect.never }]),
    errorHandled: play(() => [
      // @ts-expect-error TS2322: only `next` makes a success.
      { around: (_, next) => Effect.catch(next, () => Effect.succeed({ receipt: { disposition: "deleted" } })) }
    ]),
    madeUp: play(() => [
      // @ts-expect-error TS2322: only `next` makes a success.
      { around: () => Effect.succeed({ receipt: { disposition: "deleted" } }) }
    ]),
    abandoned: play(({ observe }) => [{ after: () => Effect.sync(observe) }]),
    twoObservers: play(({ observe }) => [{ after: broken }, { after: () => Effect.sync(observe) }]),
    retry: play(
      () => [{ onRetry: ({ attempt }) => Effect.succeed(attempt === 1 ? Plugin.wait(0) : Plugin.stop) }],
      RetryPolicy.standard
    ),
    key: play(({ look }) => {
      const see = (...given: ReadonlyArray<unknown>) => Effect.sync(() => look(...given))
      return [
        {
          before: see,
          around: (call, next) => Effect.andThen(see(call, next), next),
          onAttempt: see,
          after: see
        }
      ]
    })
  }
}

function play(hooks: (stage: Stage) => ReadonlyArray<Hooks>, policy = RetryPolicy.none): Play {
  return async (stage) => {
    const { apiKey, baseUrl, deadlineMillis, sessionId, signal, timeoutMillis, userId } = stage
    const plugins = hooks(stage).map((hooks, index) =>
      Plugin.make({ ...hooks, name: `plugin-${index + 1}`, timeout: timeoutMillis })
    )
    const layer = Sessions.layer.pipe(
      Layer.provide([
        FetchHttpClient.layer,
        PowerdrillConfig.layer({ apiKey, baseUrl, attemptTimeout: timeoutMillis, deadline: deadlineMillis }),
        Plugin.layer(...plugins)
      ])
    )
    const call = Sessions.use((sessions) => sessions.delete({ sessionId, userId })).pipe(
      RetryPolicy.withPolicy(policy),
      Effect.provide([layer, Logger.layer([])])
    )
    return tell(await Effect.runPromiseExit(call, { signal }))
  }
}

const tell = (exit: Exit.Exit<unknown, unknown>): Told => {
  if (Exit.isSuccess(exit)) return { says: "deleted" }
  if (Cause.hasInterruptsOnly(exit.cause)) return { says: "unknown", error: "interrupted" }
  const error = Cause.squash(exit.cause)
  if (!isSessionsError(error)) return failure(error)
  const by = error._tag === "Vetoed" ? ` by ${error.plugin}` : ""
  return { says: error.outcome, error: `${error._tag}${by}` }
}
