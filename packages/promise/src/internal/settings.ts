/**
 * Settings: the options that were given, and the environment for those that were not.
 */
import * as Core from "@powerdrill-sessions/core"
import { Cause, Config, ConfigProvider, Effect, Exit, Redacted, Result, Schema, SchemaIssue } from "effect"
import type { SessionsOptions } from "../SessionsOptions.ts"
import { pluginsFault } from "./pluginFault.ts"
import { misshapenSessionsOption } from "./shapes.ts"

/** @internal */
export interface Settings {
  readonly config: Core.PowerdrillConfig["Service"]
  /** The user whose sessions they are, for calls that do not name one. */
  readonly userId: string | undefined
}

/**
 * The checked settings, or what is wrong with them.
 *
 * @internal
 */
export const readSettings = (options: SessionsOptions): Result.Result<Settings, Core.InvalidConfig> => {
  const misshapen = misshapenSessionsOption(options)
  if (misshapen !== undefined) return invalid(misshapen.option ?? "options", `it ${misshapen.rule}`)
  const fault = pluginsFault(options.plugins ?? [])
  if (fault !== undefined) return invalid("plugins", fault)
  const exit = Effect.runSyncExit(
    Effect.all({ config: config(options), userId: userId(options) }).pipe(
      Effect.provideService(ConfigProvider.ConfigProvider, environment)
    )
  )
  if (Exit.isSuccess(exit)) return Result.succeed(exit.value)
  const error = Cause.squash(exit.cause)
  if (error instanceof Core.InvalidConfig) return Result.fail(error)
  const variable = error instanceof Config.ConfigError ? unreadable(error) : "environment"
  return invalid(variable, instead[variable] ?? "it cannot be read")
}

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

const unreadable = ({ cause }: Config.ConfigError): string => {
  const [issue] = Schema.isSchemaError(cause) ? formatIssue(cause.issue).issues : []
  const variable = issue?.path?.[0]
  return typeof variable === "string" ? variable : "environment"
}

const invalid = (setting: string, reason: string) => Result.fail(new Core.InvalidConfig({ setting, reason }))

const config = (options: SessionsOptions) =>
  Effect.provide(
    Core.PowerdrillConfig,
    Core.PowerdrillConfig.layerConfig({
      // There is no span whose trace id could be sent.
      sendTraceId: Config.succeed(false),
      ...(options.apiKey === undefined ? undefined : { apiKey: Config.succeed(Redacted.make(options.apiKey)) }),
      ...(options.baseUrl === undefined ? undefined : { baseUrl: Config.succeed(options.baseUrl) }),
      ...(options.attemptTimeout === undefined
        ? undefined
        : { attemptTimeout: Config.succeed(options.attemptTimeout) }),
      ...(options.deadline === undefined ? undefined : { deadline: Config.succeed(options.deadline) }),
      ...(options.allowHttp === undefined ? undefined : { allowHttp: Config.succeed(options.allowHttp) }),
      ...(options.requestsPerSecond === undefined
        ? undefined
        : { requestsPerSecond: Config.succeed(options.requestsPerSecond) }),
      ...(options.verify === undefined ? undefined : { verify: Config.succeed(options.verify) })
    })
  )

const userId = Effect.fnUntraced(function* (options: SessionsOptions) {
  const id = options.userId ?? (yield* userIdVariable)
  if (id === undefined) return undefined
  // Only the user id can break a rule here.
  const checked = Core.validate({ sessionId: "any", userId: id })
  return Result.isSuccess(checked) ? id : yield* Effect.fromResult(invalid("userId", `it ${checked.failure.rule}`))
})

const userIdVariable = Config.String("POWERDRILL_USER_ID").pipe(Config.withDefault(undefined))

/** What to write instead of a variable that cannot be read. */
const instead: Readonly<Record<string, string>> = {
  POWERDRILL_ATTEMPT_TIMEOUT: 'it is not a duration; write one such as "10 seconds"',
  POWERDRILL_DEADLINE: 'it is not a duration; write one such as "1 minute"',
  POWERDRILL_REQUESTS_PER_SECOND: "it is not a number; write one such as 20, or Infinity for no limit",
  POWERDRILL_VERIFY: "it is none of never, doubtful and always; write one of them",
  POWERDRILL_ALLOW_HTTP: "it is neither true nor false; write one of them"
}

// Each variable is looked at when it is asked for: as late as possible, and only where no option takes its place. Where
// there is no environment, or where Deno does not permit to look at it, nothing is set.
const environment = ConfigProvider.make((path) =>
  Effect.sync(() => {
    try {
      const value = process.env[path.join("_")]
      return value === undefined || value === "" ? undefined : ConfigProvider.makeValue(value)
    } catch {
      return undefined
    }
  })
)
