import { isPlainRequest } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Stream } from "effect"
import { HttpClientRequest } from "effect/http"

const url = "https://sessions.example/a?userId=u"

describe("isPlainRequest", () => {
  it("takes what is in its URL, its method and its headers", () => {
    assert.isTrue(isPlainRequest(HttpClientRequest.delete(url, { headers: { accept: "application/json" } })))
  })

  it("refuses what a transport would have to take apart", () => {
    for (const request of [
      HttpClientRequest.post(url).pipe(HttpClientRequest.bodyStream(Stream.empty)),
      HttpClientRequest.get(url, { urlParams: { b: "c" } }),
      HttpClientRequest.get(url, { hash: "d" }),
      HttpClientRequest.get(url, { headers: { upgrade: "websocket" } }),
      HttpClientRequest.get(url, { headers: { "content-length": "0" } })
    ]) {
      assert.isFalse(isPlainRequest(request))
    }
  })
})
