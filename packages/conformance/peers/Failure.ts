/**
 * Eleven ways for a delete to go wrong. Where nothing else is said, the first request suffers the fault, and the server is
 * in good health afterwards.
 */
import type { Fault, FaultPlan } from "@powerdrill-sessions/emulator"

export interface Failure {
  readonly name: string
  /** `elsewhere` is a URL on another origin, which does not know the session. */
  readonly faults: (elsewhere: string) => FaultPlan
  /** Whose session it is, if not that of the user who deletes it. */
  readonly owner?: string
}

const first = (fault: Fault) => (): FaultPlan => [{ match: { nth: 1 }, fault }]

const html = { headers: { "content-type": "text/html" }, body: "<!doctype html><title>Please wait</title>" }

export const failures: ReadonlyArray<Failure> = [
  { name: "Deletes, then resets the connection", faults: first({ send: "reset-start" }) },
  { name: "Resets the connection before it deletes", faults: first({ act: "never", send: "reset-start" }) },
  { name: "Deletes, then stalls until the client gives up", faults: first({ after: "forever" }) },
  { name: "Deletes; a gateway answers 502, in HTML", faults: first({ answer: { ...html, status: 502 } }) },
  { name: "Deletes, then answers code 9999", faults: first({ answer: { code: 9999 } }) },
  { name: "Answers code 9999 before it deletes", faults: first({ act: "never", answer: { code: 9999 } }) },
  { name: "Deletes, then sends half a body", faults: first({ send: "half" }) },
  { name: "A proxy answers HTTP 200, in HTML", faults: first({ act: "never", answer: { ...html, status: 200 } }) },
  {
    name: "HTTP 200 with code 201, rate limit, twice",
    faults: () => [1, 2].map((nth) => ({ match: { nth }, fault: { act: "never", answer: { code: 201 } } }))
  },
  {
    name: "HTTP 200 with code 300002, always: it is another user's session",
    faults: () => [],
    owner: "tmm-another-user"
  },
  {
    name: "A redirect (307) to another origin, always",
    faults: (location) => [{ fault: { act: "never", answer: { status: 307, headers: { location }, body: "" } } }]
  }
]
