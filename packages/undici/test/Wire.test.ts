import { UndiciTransport } from "@powerdrill-sessions/undici"
import { describe } from "@effect/vitest"
import { over, withoutTransport } from "../../core/test/support/sessions.ts"
import { wire } from "../../core/test/support/wire.ts"

describe("Wire, over undici", () => {
  wire(over(UndiciTransport.layer))
})

describe("Wire, over a client that is made of undici's", () => {
  wire(over(withoutTransport(UndiciTransport.layer)))
})
