/**
 * Ten situations of hooks around an irreversible act. Nothing is tried again, except in the ninth.
 */
import type { FaultPlan } from "@powerdrill-sessions/emulator"
import type { Told } from "./Library.ts"

export interface Situation {
  readonly name: string
  readonly faults: FaultPlan
  /** The caller gives up once the request has arrived. */
  readonly abandoned?: true
  /** How long the caller waits; half of that is the deadline of the call. Default: 2 seconds. */
  readonly patienceMillis?: number
  readonly judge: (ending: Ending) => Verdict
  /** What is to be said of it, besides what the caller was told. */
  readonly remark?: (ending: Ending) => string
}

export interface Ending {
  /** Missing: the caller was told nothing in time. */
  readonly told: Told | undefined
  readonly gone: boolean
  /** When each request arrived, in milliseconds; missing where the library sends none. */
  readonly requests: ReadonlyArray<number> | undefined
  /** How often observers were told. */
  readonly observed: number
  readonly sawKey: boolean
}

export type Verdict = "true" | "open" | "false"

const retryAfterSeconds = 1

/** A failure of no type that tells the endings apart is what its reader takes it for: not deleted. */
const isTrue = ({ gone, told }: Ending): Verdict => {
  if (told === undefined) return "false"
  if (told.says === "unknown") return "open"
  return gone === (told.says === "deleted") ? "true" : "false"
}

const when = (condition: boolean): Verdict => (condition ? "true" : "false")

const times = (count: number): string => (count === 1 ? "once" : count === 0 ? "never" : `${count} times`)

// Arrivals are in whole milliseconds.
const hasWaited = ({ requests: [first = 0, second = 0] = [] }: Ending): boolean =>
  second - first >= retryAfterSeconds * 1_000 - 1

export const situations = {
  beforeThrows: {
    name: "1. A hook before the request throws",
    faults: [],
    judge: isTrue
  },
  beforeHangs: {
    name: "2. A hook before the request never settles",
    faults: [],
    judge: isTrue
  },
  afterThrows: {
    name: "3. It is deleted; a hook afterwards throws",
    faults: [],
    judge: isTrue
  },
  afterHangs: {
    name: "4. It is deleted; a hook afterwards never settles",
    faults: [],
    judge: isTrue
  },
  errorHandled: {
    name: "5. It fails; the hook for errors answers with a success, or with what it may answer",
    faults: [{ fault: { act: "never", send: "reset-start" } }],
    judge: ({ told }) => when(told !== undefined && told.says !== "deleted")
  },
  madeUp: {
    name: "6. A hook answers with a success of its own, and sends nothing",
    faults: [],
    judge: isTrue
  },
  abandoned: {
    name: "7. It is deleted, no answer comes, the caller gives up: an observer is told, once",
    faults: [{ fault: { after: "forever" } }],
    abandoned: true,
    judge: ({ observed }) => when(observed === 1),
    remark: ({ observed }) => `told ${times(observed)}`
  },
  twoObservers: {
    name: "8. It is deleted; the first of two observers throws: the other is told all the same",
    faults: [],
    judge: (ending) => when(ending.observed === 1 && isTrue(ending) === "true"),
    remark: ({ observed }) => `the other told ${times(observed)}`
  },
  retry: {
    name: `9. HTTP 429, \`Retry-After: ${retryAfterSeconds}\`: a hook asks to go on at once, the next time to stop`,
    faults: [{ fault: { act: "never", answer: { status: 429, code: 201, retryAfter: String(retryAfterSeconds) } } }],
    patienceMillis: 6_000,
    judge: (ending) => when(isTrue(ending) === "true" && ending.requests?.length === 2 && hasWaited(ending)),
    remark: (ending) =>
      `${hasWaited(ending) ? "waited" : "did not wait"}, ${ending.requests?.length === 2 ? "stopped" : "did not stop"}`
  },
  key: {
    name: "10. Hooks see no API key",
    faults: [],
    judge: ({ sawKey }) => when(!sawKey),
    remark: ({ sawKey }) => (sawKey ? "seen" : "not seen")
  }
} satisfies Record<string, Situation>

export type SituationKey = keyof typeof situations
