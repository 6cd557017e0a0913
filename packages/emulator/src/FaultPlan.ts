/**
 * Which requests go wrong, and how: a plan is data, can be kept in a file, and has the same effect every time.
 *
 * @since 0.1.0
 */
import { type Arbitrary, Effect, Schema } from "effect"
import { Fault } from "./Fault.ts"
import { arbitraryRules, type ArbitraryOptions } from "./internal/arbitrary.ts"

/**
 * Which requests a rule is about; every part must agree, and `{}` is every delete.
 *
 * **Details**
 *
 * - `on`: the requests it looks at: those that delete a session (`"delete"`, default), or all of the API (`"any"`).
 * - `sessionId`: only those about this session.
 * - `per`: `"session"` counts and draws for each session ID by itself, so that concurrent requests about different
 *   sessions have the same faults in whatever order they arrive. By default in order of arrival.
 * - `nth`: only the n-th of the requests it looks at, the first being 1.
 * - `chance`: only with this probability, 0 to 1.
 *
 * @since 0.1.0
 */
export const FaultMatch = Schema.Struct({
  on: Schema.optionalKey(Schema.Literals(["delete", "any"])),
  sessionId: Schema.optionalKey(Schema.String),
  per: Schema.optionalKey(Schema.Literal("session")),
  nth: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  chance: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })))
})

/** @since 0.1.0 */
export type FaultMatch = typeof FaultMatch.Type

/**
 * One rule of a plan: the requests that `match` (by default every delete) suffer the fault.
 *
 * @since 0.1.0
 */
export const FaultRule = Schema.Struct({
  match: Schema.optionalKey(FaultMatch),
  fault: Fault
})

/** @since 0.1.0 */
export type FaultRule = typeof FaultRule.Type

/**
 * A text is not a fault plan. The message says where and why.
 *
 * @since 0.1.0
 */
export class InvalidFaultPlan extends Schema.TaggedError<InvalidFaultPlan>()("InvalidFaultPlan", {
  reason: Schema.String
}) {
  override get message(): string {
    return (
      `This is not a fault plan. ${this.reason}\n` +
      `A plan is a JSON array of rules, such as [{"match": {"nth": 1}, "fault": {"send": "reset-start"}}].`
    )
  }
}

/**
 * A list of rules. The first that matches a request decides what happens to it; every rule counts every request it looks
 * at, whether or not another decides.
 *
 * **Details**
 *
 * A plan is its own JSON: what `JSON.stringify` writes, `FaultPlan.fromJson` reads.
 *
 * Requests that `Emulator.answerNextDelete` is about get that answer as their true one. Pages other than the API's have no
 * faults.
 *
 * **Example** (The first delete is committed and its answer lost; of the others one in ten is refused)
 *
 * ```ts
 * import { Emulator, type FaultPlan } from "@powerdrill-sessions/emulator"
 *
 * const faults: FaultPlan = [
 *   { match: { nth: 1 }, fault: { send: "reset-start" } },
 *   { match: { chance: 0.1 }, fault: { act: "never", answer: { code: 201, status: 429, retryAfter: "2" } } }
 * ]
 *
 * export const layer = Emulator.layerTest({ faults, seed: 7 })
 * ```
 *
 * @since 0.1.0
 */
export class FaultPlan extends Schema.Opaque<FaultPlan>()(Schema.Array(FaultRule)) {
  /**
   * Reads a plan from JSON text. Nothing unknown is let pass: a misspelt fault would be no fault.
   *
   * @since 0.1.0
   */
  static readonly fromJson = (text: string): Effect.Effect<FaultPlan, InvalidFaultPlan> =>
    Effect.mapError(
      decode(text),
      (error) => new InvalidFaultPlan({ reason: error.message.replaceAll(/\s*\n\s*/g, " ") })
    )

  /**
   * Plans for property tests, with a fault for some of the first `requests` deletes and the simplest faults first.
   *
   * **Details**
   *
   * They are short-lived: no wait is longer than `maxStall`, and no `Retry-After` asks for a wait that is worth it. They
   * are also fair: a delete is never answered by a clear and whole lie, so that a client which reads every answer right
   * never claims what is not true. Lies a client must see through (a success without its envelope, an error that leaves
   * the outcome open, half an answer) are what they are made of.
   *
   * @since 0.1.0
   */
  static readonly arbitrary = (options?: FaultPlanArbitrary): Arbitrary.Arbitrary<FaultPlan> => arbitraryRules(options)
}

/**
 * Bounds for `FaultPlan.arbitrary`.
 *
 * - `requests`: how many deletes can have a fault. Default 5.
 * - `maxStall`: the longest wait, in each place where one can be. Default 20 milliseconds.
 * - `redirectTo`: where redirects point, an absolute URL on another origin. Without it there are none.
 * - `per`: as in `FaultMatch`: with `"session"`, the first `requests` deletes of every session.
 *
 * @since 0.1.0
 */
export interface FaultPlanArbitrary extends ArbitraryOptions {}

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(FaultPlan), { onExcessProperty: "error" })
