import { assert, describe, it } from "@effect/vitest"
import { codeOf, notSent } from "../../src/internal/notSent.ts"

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
    assert.isUndefined(notSent(new Error("the transport closed, which is no bad port")))
    for (const syscall of ["read", "write"]) {
      assert.isUndefined(notSent(Object.assign(coded("EHOSTUNREACH"), { syscall })))
    }
    assert.strictEqual(notSent(Object.assign(coded("EHOSTUNREACH"), { syscall: "connect" })), "EHOSTUNREACH")
    assert.strictEqual(notSent(Object.assign(coded("ENOTFOUND"), { syscall: "getaddrinfo" })), "ENOTFOUND")
    const endless: { cause?: unknown } = {}
    endless.cause = endless
    for (const failure of [undefined, null, "ECONNREFUSED", 42, {}, new Error("ECONNREFUSED"), endless]) {
      assert.isUndefined(notSent(failure))
    }
  })

  it("B13 a route that vanishes under a connection may have carried the request", () => {
    for (const syscall of ["read", "write"]) {
      assert.isUndefined(notSent(Object.assign(coded("EHOSTUNREACH"), { syscall })))
    }
    for (const [code, syscall] of [
      ["EHOSTUNREACH", "connect"],
      ["ENOTFOUND", "getaddrinfo"]
    ] as const) {
      assert.strictEqual(notSent(Object.assign(coded(code), { syscall })), code)
    }
  })
})

describe("codeOf", () => {
  it("finds the runtime's own word, however deep", () => {
    assert.strictEqual(codeOf(coded("ECONNRESET")), "ECONNRESET")
    assert.strictEqual(codeOf(new TypeError("fetch failed", { cause: coded("UND_ERR_SOCKET") })), "UND_ERR_SOCKET")
  })

  it("takes nothing for a word that could be text from elsewhere", () => {
    for (const code of ["", "E", "econnreset", "bad key 1", "A".repeat(62), "1ABC"])
      assert.isUndefined(codeOf(coded(code)))
    const endless: { cause?: unknown } = {}
    endless.cause = endless
    for (const failure of [undefined, "ECONNRESET", { code: 104 }, endless]) assert.isUndefined(codeOf(failure))
  })
})
