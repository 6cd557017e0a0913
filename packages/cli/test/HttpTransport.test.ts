/**
 * Over real sockets: what the command line sends by, on Node its `http`, on Bun and Deno fetch.
 */
import { describe } from "@effect/vitest"
import { over, withoutTransport } from "../../core/test/support/sessions.ts"
import { wire } from "../../core/test/support/wire.ts"
import * as HttpTransport from "../src/HttpTransport.ts"

describe("Wire, over what the command line sends by", () => {
  wire(over(HttpTransport.layer))
})

describe("Wire, over a client that is made of that", () => {
  wire(over(withoutTransport(HttpTransport.layer)))
})
