/**
 * Fault plans for property tests: what is said and how it travels are combined freely, as far as they are fair.
 */
import { Arbitrary, Duration, Schema } from "effect"
import type { Fault, FaultAnswer } from "../Fault.ts"

export interface ArbitraryOptions {
  readonly requests?: number | undefined
  readonly maxStall?: Duration.Input | undefined
  readonly redirectTo?: string | undefined
  readonly per?: "session" | undefined
}

type Send = NonNullable<Fault["send"]>
type Act = NonNullable<Fault["act"]>

const html = { "content-type": "text/html" }
const page = "<!doctype html><title>Bad Gateway</title>"

/** Answers that leave open what happened to the session, whatever did. */
const open: ReadonlyArray<FaultAnswer> = [
  { code: 9999 },
  { code: 9999, status: 500 },
  { code: 9999, status: 400 },
  { code: 9999, status: 429, padTo: 70_000 },
  { code: "9999", status: 400 },
  { code: 424242, status: 504 },
  { code: 9999, status: 502 },
  { code: 9999, status: 503, retryAfter: "0" },
  { status: 502, headers: html, body: page },
  { status: 503, headers: html, body: page, retryAfter: { inSeconds: -3600 } },
  { status: 200, headers: html, body: page },
  { status: 200, body: "" },
  { status: 200, body: `{"data":null}` },
  { status: 200, code: "0" },
  { status: 200, code: null },
  { code: 0, status: 500 },
  { status: 204, body: "" },
  { code: 0, headers: { "content-encoding": "gzip" } },
  { status: 200, body: "{}", padTo: 70_000 }
]

/** Answers that are true of a request which was never acted on. */
const refusals: ReadonlyArray<FaultAnswer> = [
  ...[undefined, "0", "-1", "soon", "2160000", { inSeconds: 0 }, { inSeconds: -3600 }].flatMap((retryAfter) =>
    ([200, 429] as const).map((status): FaultAnswer => ({
      code: 201,
      status,
      ...(retryAfter === undefined ? {} : { retryAfter })
    }))
  ),
  { code: 100 },
  { code: 100001 },
  { code: 424242 },
  { code: 424242, status: 400 },
  { status: 404, headers: html, body: page }
]

/** Answers as they are, but for what carries them. */
const truths: ReadonlyArray<FaultAnswer> = [{}, { headers: { "content-type": "text/plain" } }]

/** The envelope of a success that was none: fair only where it does not arrive whole. */
const lies: ReadonlyArray<FaultAnswer> = [{ code: 0 }]

const answersOf = (act: Act, isCut: boolean, redirects: ReadonlyArray<FaultAnswer>): ReadonlyArray<FaultAnswer> => {
  const always = [...open, ...redirects]
  switch (act) {
    case "once":
      // Half of a long answer can be a whole one.
      return [...truths, { padTo: 70_000 }, ...always]
    case "twice":
      // The second answer is "not found", which a client may take for "not deleted".
      return isCut ? [...truths, ...always] : always
    case "never":
      return isCut ? [...lies, ...refusals, ...always] : [...refusals, ...always]
  }
}

const sends = (maxStall: number): ReadonlyArray<Send> => [
  "whole",
  "reset-start",
  "reset-headers",
  "reset-body",
  "close-start",
  "close-headers",
  "close-body",
  "half",
  "reset-next",
  { slow: maxStall }
]

const isCut = (send: Send): boolean => send !== "whole" && send !== "reset-next" && typeof send === "string"

const shapes = (maxStall: number, redirectTo: string | undefined): ReadonlyArray<Fault> => {
  const redirects =
    redirectTo === undefined
      ? []
      : [301, 302, 303, 307, 308].map((status): FaultAnswer => ({
          status,
          headers: { location: redirectTo },
          body: ""
        }))
  return sends(maxStall).flatMap((send) =>
    (["once", "never", "twice"] as const).flatMap((act) =>
      answersOf(act, isCut(send), redirects).map((answer): Fault => ({ act, answer, send }))
    )
  )
}

const index = (length: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: length - 1 }))

export const arbitraryRules = (options: ArbitraryOptions = {}) => {
  const { maxStall = "20 millis", per, redirectTo, requests = 5 } = options
  const longest = Math.floor(Duration.toMillis(Duration.fromInputUnsafe(maxStall)))
  const all = shapes(longest, redirectTo)
  const stall = Arbitrary.schema(index(longest + 1))
  const fault = Arbitrary.all({ before: stall, after: stall, shape: Arbitrary.schema(index(all.length)) }).pipe(
    Arbitrary.map(({ after, before, shape }): Fault => ({ ...all[shape], before, after }))
  )
  const rule = Arbitrary.all({ nth: Arbitrary.schema(index(requests)), fault }).pipe(
    Arbitrary.map(({ fault, nth }) => ({ match: { nth: nth + 1, ...(per === undefined ? {} : { per }) }, fault }))
  )
  return Arbitrary.array(rule, { maxLength: requests })
}
