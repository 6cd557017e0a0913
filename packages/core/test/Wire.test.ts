/**
 * Over the runtime's own fetch, with the little that is ours around it, and with what Effect brings.
 */
import { FetchTransport, RetryPolicy } from "@powerdrill-sessions/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { serve, success } from "./support/Server.ts"
import { over, remove } from "./support/sessions.ts"
import { wire } from "./support/wire.ts"

const transports = { FetchTransport: FetchTransport.layer, FetchHttpClient: FetchHttpClient.layer }

for (const [name, http] of Object.entries(transports))
  describe(`Wire, over ${name}`, () => {
    const overFetch = over(http)

    wire(overFetch)

    it.live("B09 a fetch that followed a redirect all the same is found out", () =>
      Effect.gen(function* () {
        const target = yield* serve(success)
        const server = yield* serve((response) =>
          response.writeHead(307, { location: `${target.url}/api/v1/team/sessions/04b6?userId=u` }).end()
        )
        const fetch: typeof globalThis.fetch = (url, init) => globalThis.fetch(url, { ...init, redirect: "follow" })
        const error = yield* Effect.flip(remove("04b6")).pipe(
          RetryPolicy.withPolicy(RetryPolicy.none),
          Effect.provide(overFetch({ baseUrl: server.url })),
          Effect.provideService(FetchHttpClient.Fetch, fetch)
        )
        assert.deepInclude({ ...error }, { _tag: "OutcomeUnknown", reason: "redirected", outcome: "unknown" })
      })
    )

    it.live("takes a fetch of the caller's own, and tells it not to follow redirects", () =>
      Effect.gen(function* () {
        const seen: Array<RequestInit | undefined> = []
        const fetch: typeof globalThis.fetch = (_, init) => {
          seen.push(init)
          return Promise.resolve(new Response('{"code":0}'))
        }
        const receipt = yield* remove("04b6").pipe(
          Effect.provide(overFetch({}).pipe(Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch)))),
          Effect.provideService(FetchHttpClient.Fetch, fetch)
        )
        assert.strictEqual(receipt.disposition, "deleted")
        assert.strictEqual(seen[0]?.redirect, "manual")
      })
    )
  })
