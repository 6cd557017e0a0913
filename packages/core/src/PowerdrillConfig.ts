/**
 * Where the API is and how it is spoken to: the key, the base URL, and how long to wait.
 *
 * @since 0.1.0
 */
import { Config, Context, type Duration, Effect, Layer, Redacted, Result, Schema } from "effect"
import { isLoopback, notADuration, positiveDuration } from "./internal/settings.ts"

/**
 * A setting that cannot be used. Nothing has been sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidConfig extends Schema.TaggedError<InvalidConfig>()("InvalidConfig", {
  /** The name of the option, such as `baseUrl`. */
  setting: Schema.String,
  /** What is wrong with it and what to write instead. Never holds the value of a key. */
  reason: Schema.String
}) {
  override get message() {
    return `The setting ${this.setting} cannot be used: ${this.reason}.`
  }
  override toJSON(): object {
    return { ...this, message: this.message }
  }
}

/**
 * When a session is read (`GET /v1/team/sessions/{sessionId}`) after its delete.
 *
 * **Details**
 *
 * - `never`: what the API says about the delete is all there is.
 * - `doubtful`: when it is not known whether it was deleted. If it is absent, it is; if it is present, and no delete can
 *   still be on its way, it is not; else it stays unknown.
 * - `always`: also after a success; the receipt says whether it was found absent.
 *
 * @category models
 * @since 0.1.0
 */
export const Verify = Schema.Literals(["never", "doubtful", "always"])

/**
 * @category models
 * @since 0.1.0
 */
export type Verify = typeof Verify.Type

/**
 * The checked settings of a client.
 *
 * @category services
 * @since 0.1.0
 */
export class PowerdrillConfig extends Context.Service<
  PowerdrillConfig,
  {
    /** The project's API key, sent as `x-pd-api-key`. */
    readonly apiKey: Redacted.Redacted
    /** The base URL without a slash at its end, such as `https://ai.data.cloud/api`. */
    readonly baseUrl: string
    /** How long one HTTP request may take, the reading of its answer included. */
    readonly attemptTimeout: Duration.Duration
    /** How long one call may take, all its attempts and waits included. */
    readonly deadline: Duration.Duration
    /** The rate of the team, or of this program's part in it, for the calls of this client together. */
    readonly requestsPerSecond: number
    /** When a session is read after its delete, to see whether it is gone. */
    readonly verify: Verify
    /** Whether a call without an external trace id of its own sends the trace id of its span, where it is traced. */
    readonly sendTraceId: boolean
  }
>()("@powerdrill-sessions/core/PowerdrillConfig") {
  /**
   * Checks settings and fills in the defaults.
   *
   * @since 0.1.0
   */
  static readonly make = (
    options: PowerdrillConfig.Options
  ): Result.Result<PowerdrillConfig["Service"], InvalidConfig> =>
    Result.gen(function* () {
      return PowerdrillConfig.of({
        apiKey: yield* checkApiKey(options.apiKey),
        baseUrl: yield* checkBaseUrl(options.baseUrl ?? defaultBaseUrl, options.allowHttp ?? false),
        attemptTimeout: yield* checkDuration("attemptTimeout", options.attemptTimeout ?? "10 seconds"),
        deadline: yield* checkDuration("deadline", options.deadline ?? "1 minute"),
        requestsPerSecond: yield* checkRate(options.requestsPerSecond ?? 20),
        verify: options.verify ?? "never",
        sendTraceId: options.sendTraceId ?? false
      })
    })

  /**
   * Settings given in the program.
   *
   * @since 0.1.0
   */
  static readonly layer = (options: PowerdrillConfig.Options): Layer.Layer<PowerdrillConfig, InvalidConfig> =>
    Layer.effect(
      PowerdrillConfig,
      Effect.suspend(() => Effect.fromResult(PowerdrillConfig.make(options)))
    )

  /**
   * Settings from the `ConfigProvider`, by default the environment.
   *
   * **Details**
   *
   * | variable | default | |
   * |---|---|---|
   * | `POWERDRILL_PROJECT_API_KEY` | | required |
   * | `POWERDRILL_BASE_URL` | `https://ai.data.cloud/api` | the public one |
   * | `POWERDRILL_ATTEMPT_TIMEOUT` | `10 seconds` | of one HTTP request |
   * | `POWERDRILL_DEADLINE` | `1 minute` | of one call, with its attempts and waits |
   * | `POWERDRILL_ALLOW_HTTP` | `false` | plain http to a host other than loopback |
   * | `POWERDRILL_REQUESTS_PER_SECOND` | `20` | of all calls of a client together; `Infinity` for no limit |
   * | `POWERDRILL_VERIFY` | `never` | read the session afterwards: `never`, `doubtful` or `always` |
   * | `POWERDRILL_SEND_TRACE_ID` | `false` | send the caller's trace id as the external one |
   *
   * Any of them can be replaced: `PowerdrillConfig.layerConfig({ apiKey: Config.Redacted("MY_KEY") })`.
   *
   * @since 0.1.0
   */
  static readonly layerConfig = (overrides?: {
    readonly [K in keyof PowerdrillConfig.Options]?: Config.Config<PowerdrillConfig.Options[K]>
  }): Layer.Layer<PowerdrillConfig, Config.ConfigError | InvalidConfig> =>
    Layer.effect(
      PowerdrillConfig,
      Effect.flatMap(Config.all({ ...variables, ...overrides }), (options) =>
        Effect.fromResult(PowerdrillConfig.make(options))
      )
    )
}

/**
 * @since 0.1.0
 */
export declare namespace PowerdrillConfig {
  /**
   * Settings as they are written, not yet checked.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Options {
    /** The project's API key: printable ASCII. A team key does not work on this operation. */
    readonly apiKey: string | Redacted.Redacted | undefined
    /** The base URL, without `/v1/team`. Default: `https://ai.data.cloud/api`. */
    readonly baseUrl?: string | undefined
    /** How long one HTTP request may take. Default: 10 seconds. */
    readonly attemptTimeout?: Duration.Input | undefined
    /** How long one call may take. Default: 1 minute. */
    readonly deadline?: Duration.Input | undefined
    /** Allows plain http to a host other than loopback: the key then travels readable by anyone. Default: false. */
    readonly allowHttp?: boolean | undefined
    /**
     * How many requests a second the calls of this client make together, at most; `Infinity` for no limit. Default: 20,
     * the documented limit of a team. Give less where other programs of the team need their part.
     */
    readonly requestsPerSecond?: number | undefined
    /** When a session is read after its delete, to see whether it is gone. Default: `never`. */
    readonly verify?: Verify | undefined
    /** Sends the trace id of the caller's span as the external trace id. Default: false. */
    readonly sendTraceId?: boolean | undefined
  }
}

const defaultBaseUrl = "https://ai.data.cloud/api"

const variables = {
  apiKey: Config.Redacted("POWERDRILL_PROJECT_API_KEY").pipe(Config.withDefault(undefined)),
  baseUrl: Config.String("POWERDRILL_BASE_URL").pipe(Config.withDefault(undefined)),
  attemptTimeout: Config.Duration("POWERDRILL_ATTEMPT_TIMEOUT").pipe(Config.withDefault(undefined)),
  deadline: Config.Duration("POWERDRILL_DEADLINE").pipe(Config.withDefault(undefined)),
  allowHttp: Config.Boolean("POWERDRILL_ALLOW_HTTP").pipe(Config.withDefault(undefined)),
  requestsPerSecond: Config.Number("POWERDRILL_REQUESTS_PER_SECOND").pipe(Config.withDefault(undefined)),
  verify: Config.schema(Verify, "POWERDRILL_VERIFY").pipe(Config.withDefault(undefined)),
  sendTraceId: Config.Boolean("POWERDRILL_SEND_TRACE_ID").pipe(Config.withDefault(undefined))
}

const invalid = (setting: string, reason: string) => Result.fail(new InvalidConfig({ setting, reason }))

const checkApiKey = (
  apiKey: string | Redacted.Redacted | undefined
): Result.Result<Redacted.Redacted, InvalidConfig> => {
  const key = Redacted.isRedacted(apiKey) ? apiKey : Redacted.make(apiKey ?? "")
  const text = Redacted.value(key)
  if (text === "") {
    return invalid("apiKey", "there is none; set POWERDRILL_PROJECT_API_KEY to the API key of your project")
  }
  return /^[!-~]+$/.test(text)
    ? Result.succeed(key)
    : invalid("apiKey", "it has white space, control or non-ASCII characters; copy the key again, without line breaks")
}

const checkBaseUrl = (text: string, allowHttp: boolean): Result.Result<string, InvalidConfig> => {
  if (!URL.canParse(text)) return invalid("baseUrl", `it is not a URL; write one such as ${defaultBaseUrl}`)
  const url = new URL(text)
  const clean = (url.origin + url.pathname).replace(/\/+$/, "")
  const base = clean.replace(/\/v\d+\/team(?:\/sessions)?$/i, "")
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return invalid("baseUrl", `it begins with ${url.protocol}; write https:// or http://`)
  }
  if (url.username !== "" || url.password !== "") {
    return invalid("baseUrl", `it holds a user name or a password; write ${base}`)
  }
  if (url.href.includes("?")) return invalid("baseUrl", `it has a query; write ${base}`)
  if (url.href.includes("#")) return invalid("baseUrl", `it has a fragment; write ${base}`)
  if (base !== clean) return invalid("baseUrl", `it ends in ${clean.slice(base.length)}; write ${base}`)
  if (url.pathname.endsWith("//")) return invalid("baseUrl", `it ends in several slashes; write ${base}`)
  if (url.protocol === "http:" && !allowHttp && !isLoopback(url.hostname)) {
    return invalid(
      "baseUrl",
      `plain http would send the key readable by anyone; write ${base.replace("http:", "https:")}, or set allowHttp`
    )
  }
  return Result.succeed(base)
}

const checkDuration = (setting: string, input: Duration.Input): Result.Result<Duration.Duration, InvalidConfig> =>
  Result.fromOption(positiveDuration(input), () => new InvalidConfig({ setting, reason: notADuration }))

const checkRate = (rate: number): Result.Result<number, InvalidConfig> =>
  rate > 0
    ? Result.succeed(rate)
    : invalid("requestsPerSecond", "it is not a positive number; write one such as 20, or Infinity for no limit")
