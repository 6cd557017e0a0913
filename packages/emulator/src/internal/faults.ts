/**
 * The plan in force: which fault, if any, a request suffers. Its decisions depend on the plan, the seed and the order of
 * arrival, and on nothing else.
 */
import { Effect, Random } from "effect"
import type { Fault } from "../Fault.ts"
import type { FaultMatch, FaultPlan } from "../FaultPlan.ts"

export interface Decision {
  /** The position of the rule in its plan. */
  readonly rule: number
  readonly fault: Fault
}

/** What a rule can know of a request. */
export interface Target {
  readonly isDelete: boolean
  readonly sessionId: string | undefined
}

export interface Faults {
  readonly use: (plan: FaultPlan, seed?: number) => void
  /** Counts the request at once, in order of arrival, before anything else can. */
  readonly decide: (target: Target) => Effect.Effect<Decision | undefined>
}

export const make = (plan: FaultPlan, seed: number): Faults => {
  let current = { plan, seed, counts: plan.map(() => new Map<string, number>()) }
  return {
    use(plan, given = seed) {
      current = { plan, seed: given, counts: plan.map(() => new Map()) }
    },
    decide: (target) =>
      Effect.suspend(() => {
        const { counts, plan, seed } = current
        const counted = plan.map(({ match = {} }, rule) => count(match, target, counts[rule]))
        return Effect.gen(function* () {
          for (const [rule, { fault, match = {} }] of plan.entries()) {
            const turn = counted[rule]
            if (turn === undefined || (match.nth !== undefined && match.nth !== turn.nth)) continue
            if (match.chance !== undefined) {
              // Each draw has a seed of its own: it cannot be moved by other rules, or by requests about other sessions.
              const draw = yield* Random.withSeed(Random.next, JSON.stringify([seed, rule, turn.key, turn.nth]))
              if (draw >= match.chance) continue
            }
            return { rule, fault }
          }
          return undefined
        })
      })
  }
}

/** Which of the requests a rule looks at this is, if it is one of them. */
const count = (match: FaultMatch, target: Target, counts: Map<string, number> | undefined) => {
  if (counts === undefined || (match.on !== "any" && !target.isDelete)) return undefined
  if (match.sessionId !== undefined && match.sessionId !== target.sessionId) return undefined
  const key = match.per === "session" ? (target.sessionId ?? "") : ""
  const nth = (counts.get(key) ?? 0) + 1
  counts.set(key, nth)
  return { key, nth }
}

/** The session that a request target names, before any question of key or user. */
export const targetOf = (method: string, url: string): Target => {
  const [, segment] = /^\/api\/v1\/team\/sessions\/([^/?#]+)(?=$|[?#])/.exec(url) ?? []
  return { isDelete: method === "DELETE" && segment !== undefined, sessionId: decodeSegment(segment) }
}

const decodeSegment = (segment: string | undefined): string | undefined => {
  if (segment === undefined) return undefined
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
