/**
 * The shapes that options must have. The types say the same; a program in JavaScript may not have looked.
 */
import { Predicate } from "effect"
import type { CallOptions } from "../CallOptions.ts"
import type { FindOptions, ListOptions } from "../ReadOptions.ts"
import type { SessionsOptions } from "../SessionsOptions.ts"

/** What is wrong with which option; no option where the options are no object. */
export interface Misshapen {
  readonly option: string | undefined
  readonly rule: string
}

export type Shapes<Options> = Readonly<
  Record<keyof Options, readonly [rule: string, holds: (value: unknown) => boolean]>
>

// A polyfill's or another realm's signal is not an instance of this realm's class.
const isSignal = (u: unknown) =>
  Predicate.isObject(u) && "aborted" in u && "addEventListener" in u && "removeEventListener" in u

/** @internal */
export const signal = ["must be an AbortSignal", isSignal] as const
/** @internal */
export const text = ["must be a string", Predicate.isString] as const
const timeSpan = [
  'must be a number of milliseconds or a string such as "10 seconds"',
  (u: unknown) => Predicate.isNumber(u) || Predicate.isString(u)
] as const
/** @internal */
export const retry = [
  'must be "standard", "rate-limits" or "none"',
  (u: unknown) => u === "standard" || u === "rate-limits" || u === "none"
] as const

const sessionsOptions: Shapes<SessionsOptions> = {
  apiKey: text,
  baseUrl: text,
  userId: text,
  attemptTimeout: timeSpan,
  deadline: timeSpan,
  allowHttp: ["must be true or false", Predicate.isBoolean],
  requestsPerSecond: ["must be a number", Predicate.isNumber],
  verify: [
    'must be "never", "doubtful" or "always"',
    (u: unknown) => u === "never" || u === "doubtful" || u === "always"
  ],
  retry,
  fetch: ["must be a function", Predicate.isFunction],
  plugins: ["must be an array of plugins", Array.isArray]
}

const callOptions: Shapes<CallOptions> = { userId: text, externalTraceId: text, signal, retry }

const findOptions: Shapes<FindOptions> = { userId: text, signal }

const listOptions: Shapes<ListOptions> = { userId: text, titleContains: text, signal }

export const misshapen =
  <Options>(shapes: Shapes<Options>) =>
  (options: unknown): Misshapen | undefined => {
    if (!Predicate.isObject(options)) return { option: undefined, rule: "must be an object" }
    for (const [option, [rule, holds]] of Object.entries<Shapes<Options>[keyof Options]>(shapes)) {
      const value: unknown = Reflect.get(options, option)
      if (value !== undefined && !holds(value)) return { option, rule }
    }
    // Under a name that is not read, guards would guard nothing.
    const unknown = Object.keys(options).find((option) => !(option in shapes))
    return unknown === undefined
      ? undefined
      : { option: unknown, rule: `is no option; the options are ${Object.keys(shapes).join(", ")}` }
  }

export const misshapenSessionsOption = misshapen(sessionsOptions)

export const misshapenCallOption = misshapen(callOptions)

export const misshapenFindOption = misshapen(findOptions)

export const misshapenListOption = misshapen(listOptions)
