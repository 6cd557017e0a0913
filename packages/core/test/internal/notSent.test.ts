import { assert, describe, it } from "@effect/vitest"
import { notSent } from "../../src/internal/notSent.ts"

const coded = (code: string, cause?: unknown) => Object.assign(new Error("failed", { cause }), { code })

describe("notSent", () => {
  it("B13 knows the failures that come before anything is sent", () => {
    for (const code of ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ConnectionRefused"]) {
      assert.strictEqual(notSent(coded(code)), code)
      assert.strictEqual(notSent(new TypeError("fetch failed", { cause: coded(code) })), code)
    }
    const deno = "error sending request for url (http://127.0.0.1:1/): client error (Connect): "
    assert.strictEqual(notSent(new TypeError(`${deno}tcp connect error: Connection refused`)), "connection refused")
    assert.strictEqual(notSent(new TypeError(`${deno}dns error: failed to lookup`)), "name not found")
    assert.strictEqual(notSent(new TypeError(`${deno}invalid peer certificate: Expired`)), "certificate not trusted")
    assert.strictEqual(notSent(new TypeError(`${deno}tls handshake eof`)), "no connection")
    assert.isString(notSent(new TypeError("fetch failed", { cause: new Error("bad port") })))
    assert.isString(notSent(coded("CERT_HAS_EXPIRED")))
    const early = "Client network socket disconnected before secure TLS connection was established"
    assert.strictEqual(notSent(Object.assign(new Error(early), { code: "ECONNRESET" })), "no TLS connection")
  })

  it("B13 takes everything else for possibly sent", () => {
    for (const code of [
      "ECONNRESET",
      "EPIPE",
      "ETIMEDOUT",
      "UND_ERR_SOCKET",
      "UND_ERR_HEADERS_TIMEOUT",
      "ECONNABORTED"
    ]) {
      assert.isUndefined(notSent(coded(code)))
    }
    const late = "error sending request for url (http://127.0.0.1:1/): client error (SendRequest): connection closed"
    assert.isUndefined(notSent(new TypeError("fetch failed", { cause: new Error(late) })))
    assert.isUndefined(notSent(coded("ERR_SSL_WRONG_VERSION_NUMBER")))
    const endless: { cause?: unknown } = {}
    endless.cause = endless
    for (const failure of [undefined, null, "ECONNREFUSED", 42, {}, new Error("ECONNREFUSED"), endless]) {
      assert.isUndefined(notSent(failure))
    }
  })
})
