/**
 * Where settings come from: flags first, then the environment, then the file of `--env-file`.
 *
 * The key is never a flag: arguments are visible to every user of the machine.
 *
 * @since 0.1.0
 */
import { PowerdrillConfig, type Verify } from "@powerdrill-sessions/core"
import {
  Config,
  ConfigProvider,
  type Duration,
  Effect,
  FileSystem,
  Layer,
  Option,
  type PlatformError,
  Redacted,
  Schema
} from "effect"
import { Flag } from "effect/cli"
import { type Exit, usage } from "./ExitCode.ts"
import * as Services from "./Services.ts"

const units: Readonly<Record<string, Duration.Unit>> = { ms: "millis", s: "seconds", m: "minutes", h: "hours" }

const decodeDuration = Schema.decodeUnknownOption(Schema.DurationFromString)

const parseDuration = (text: string): Option.Option<Duration.Duration> => {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?) ?([a-z]+)$/.exec(text) ?? []
  return decodeDuration(`${amount} ${units[unit] ?? unit}`)
}

/**
 * A flag that takes a duration: `10s`, `500ms`, `"2 minutes"`.
 *
 * @since 0.1.0
 */
export const duration = (name: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(parseDuration, (text) => `Expected a duration such as 10s, 500ms or "2 minutes", got ${text}`),
    Flag.withMetavar("DURATION")
  )

/**
 * @since 0.1.0
 */
export const flags = {
  userId: Flag.String("user-id").pipe(
    Flag.withDescription("The user whose sessions they are. Default: POWERDRILL_USER_ID"),
    Flag.optional
  ),
  baseUrl: Flag.String("base-url").pipe(
    Flag.withDescription("Where the API is. Default: POWERDRILL_BASE_URL, or the public one"),
    Flag.withMetavar("URL"),
    Flag.optional
  ),
  allowHttp: Flag.Boolean("allow-http").pipe(
    Flag.withDescription("Allow plain http beyond this machine; the key then travels readable by anyone"),
    Flag.optional
  ),
  apiKeyFile: Flag.String("api-key-file").pipe(
    Flag.withDescription("Read the project's API key from a file. Default: POWERDRILL_PROJECT_API_KEY"),
    Flag.withMetavar("FILE"),
    Flag.optional
  ),
  envFile: Flag.String("env-file").pipe(
    Flag.withDescription("Read variables from a file; those of the environment win"),
    Flag.withMetavar("FILE"),
    Flag.optional
  ),
  attemptTimeout: duration("attempt-timeout").pipe(
    Flag.withDescription("How long one HTTP request may take. Default: 10s"),
    Flag.optional
  ),
  deadline: duration("deadline").pipe(
    Flag.withDescription(
      "How long one delete, or one page of a list, may take, its retries and waits included. Default: 1m"
    ),
    Flag.optional
  ),
  requestsPerSecond: Flag.Finite("requests-per-second").pipe(
    Flag.withDescription("How fast to go, at most. Default: 20, the limit of a team"),
    Flag.optional
  ),
  verify: Flag.Literals("verify", ["never", "doubtful", "always"]).pipe(
    Flag.withDescription("When to read a session after its delete, to see whether it is gone. Default: never"),
    Flag.optional
  )
}

/**
 * The values of {@link flags}.
 *
 * @since 0.1.0
 */
export interface Flags {
  readonly userId: Option.Option<string>
  readonly baseUrl: Option.Option<string>
  readonly allowHttp: Option.Option<boolean>
  readonly apiKeyFile: Option.Option<string>
  readonly envFile: Option.Option<string>
  readonly attemptTimeout: Option.Option<Duration.Duration>
  readonly deadline: Option.Option<Duration.Duration>
  readonly requestsPerSecond: Option.Option<number>
  readonly verify: Option.Option<Verify>
}

/**
 * The settings of a run, checked. Fails with exit code 2 before anything is sent.
 *
 * @since 0.1.0
 */
export const resolve = Effect.fnUntraced(function* (
  flags: Flags
): Effect.fn.Return<{ readonly config: PowerdrillConfig["Service"]; readonly userId: string }, Exit> {
  const { config, defaultUserId } = yield* resolveConfig(flags)
  return { config, userId: Option.isSome(flags.userId) ? flags.userId.value : yield* defaultUserId }
})

/**
 * The same where sessions are not those of one user. `defaultUserId` is that of the environment; where there is none, it is
 * exit code 2.
 *
 * @since 0.1.0
 */
export const resolveConfig = Effect.fnUntraced(function* (
  flags: Omit<Flags, "userId">
): Effect.fn.Return<
  { readonly config: PowerdrillConfig["Service"]; readonly defaultUserId: Effect.Effect<string, Exit> },
  Exit
> {
  const environment = yield* ConfigProvider.ConfigProvider
  const provider = Option.isNone(flags.envFile)
    ? environment
    : ConfigProvider.orElse(
        environment,
        yield* readable("--env-file", ConfigProvider.fromDotEnv({ path: flags.envFile.value }))
      )
  const apiKey = Option.isNone(flags.apiKeyFile)
    ? Option.none()
    : Option.some(Redacted.make((yield* readFile("--api-key-file", flags.apiKeyFile.value)).replace(/\r?\n$/, "")))

  const config = yield* Effect.provide(
    PowerdrillConfig,
    PowerdrillConfig.layerConfig({
      ...(Option.isSome(apiKey) && { apiKey: Config.succeed(apiKey.value) }),
      ...(Option.isSome(flags.baseUrl) && { baseUrl: Config.succeed(flags.baseUrl.value) }),
      ...(Option.isSome(flags.allowHttp) && { allowHttp: Config.succeed(flags.allowHttp.value) }),
      ...(Option.isSome(flags.attemptTimeout) && { attemptTimeout: Config.succeed(flags.attemptTimeout.value) }),
      ...(Option.isSome(flags.deadline) && { deadline: Config.succeed(flags.deadline.value) }),
      ...(Option.isSome(flags.requestsPerSecond) && {
        requestsPerSecond: Config.succeed(flags.requestsPerSecond.value)
      }),
      ...(Option.isSome(flags.verify) && { verify: Config.succeed(flags.verify.value) })
    }).pipe(Layer.provide(ConfigProvider.layer(provider)))
  ).pipe(Effect.mapError((error) => usage(`Nothing was sent. ${inWordsOfTheShell(error.message)}`)))

  const defaultUserId = Config.String("POWERDRILL_USER_ID")
    .parse(provider)
    .pipe(
      Effect.mapError(() => usage("Nothing was sent. There is no user id: give --user-id, or set POWERDRILL_USER_ID."))
    )
  return { config, defaultUserId }
})

/** The library speaks of options where the shell has flags. */
const inWordsOfTheShell = (message: string): string =>
  message
    .replace(
      /\b(apiKey|baseUrl|attemptTimeout|deadline|requestsPerSecond)(?= cannot be used)/,
      (name) => flagNames[name] ?? name
    )
    .replace("set allowHttp", "give --allow-http")

const flagNames: Readonly<Record<string, string>> = {
  apiKey: "--api-key-file",
  baseUrl: "--base-url",
  attemptTimeout: "--attempt-timeout",
  deadline: "--deadline",
  requestsPerSecond: "--requests-per-second"
}

/**
 * The text of a file that a flag names; one that cannot be read is exit code 2.
 *
 * @since 0.1.0
 */
export const readFile = (flag: string, path: string): Effect.Effect<string, Exit> =>
  readable(
    flag,
    FileSystem.FileSystem.use((fs) => fs.readFileString(path))
  )

const readable = <A>(
  flag: string,
  read: Effect.Effect<A, PlatformError.PlatformError, Services.Services>
): Effect.Effect<A, Exit> =>
  read.pipe(
    Effect.mapError((error) => usage(`The file of ${flag} cannot be read: ${error.message}`)),
    Effect.provide(Services.layer)
  )
