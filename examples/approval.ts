// Ask somebody else before each delete. Here that is a small server of a team's own, which checks the signature of what
// it is asked; a function of your own, which asks wherever you like, does as well.
import { Plugin, PowerdrillConfig, Sessions } from "@powerdrill-sessions/core"
import { approval, approvalHttp } from "@powerdrill-sessions/core/plugins"
import { Emulator } from "@powerdrill-sessions/emulator"
import { Console, Effect, Layer, Redacted, Schema } from "effect"
import { FetchHttpClient } from "effect/http"
import assert from "node:assert/strict"
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import { createServer } from "node:http"

const secret = randomBytes(32).toString("hex")

const Asked = Schema.fromJsonString(Schema.Struct({ requestId: Schema.String, sessionId: Schema.String }))

const seen = new Set<string>()

/** Whether it comes from somebody who has the secret, and is not an old one that is sent again. */
const isGenuine = (header: unknown, body: string): boolean => {
  const [, timestamp, tag] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(String(header)) ?? []
  if (timestamp === undefined || tag === undefined) return false
  const expected = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest()
  return timingSafeEqual(expected, Buffer.from(tag, "hex")) && Math.abs(Date.now() / 1000 - Number(timestamp)) < 300
}

/** Says yes to everything but the sessions of one customer. */
const decide = (header: unknown, body: string): { readonly status: number; readonly answer?: object } => {
  if (!isGenuine(header, body)) return { status: 401 }
  const { requestId, sessionId } = Schema.decodeSync(Asked)(body)
  if (seen.has(requestId)) return { status: 409 }
  seen.add(requestId)
  return sessionId.startsWith("acme-")
    ? { status: 200, answer: { requestId, approved: false, reason: "ask Acme first" } }
    : { status: 200, answer: { requestId, approved: true } }
}

const approver = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
    const server = createServer((request, response) => {
      let body = ""
      request.setEncoding("utf8")
      request.on("data", (chunk: string) => (body += chunk))
      request.on("end", () => {
        const { answer, status } = decide(request.headers["x-powerdrill-sessions-signature"], body)
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer))
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      assert(address !== null && typeof address === "object")
      const close = () => {
        server.close()
        server.closeAllConnections()
      }
      resume(Effect.succeed({ url: `http://127.0.0.1:${address.port}/ask`, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

const remove = Effect.fn("remove")(function* (sessionId: string) {
  const sessions = yield* Sessions
  const { userId } = yield* Emulator
  yield* sessions.delete({ sessionId, userId }).pipe(
    Effect.matchEffect({
      onSuccess: ({ disposition }) => Console.log(`${sessionId}: ${disposition}`),
      onFailure: ({ message }) => Console.log(message)
    })
  )
})

const program = Effect.gen(function* () {
  const emulator = yield* Emulator
  for (const sessionId of ["chat-1", "chat-2", "acme-1"]) yield* emulator.create({ sessionId })
  const { url } = yield* approver

  const asked = approvalHttp({ url, secret: Redacted.make(secret), timeout: "5 seconds" })
  yield* Effect.andThen(remove("chat-1"), remove("acme-1")).pipe(Plugin.with(asked))

  // With another secret the approver does not even read what it is asked, and that is a no.
  const stranger = approvalHttp({ url, secret: Redacted.make(randomBytes(32).toString("hex")) })
  yield* remove("chat-2").pipe(Plugin.with(stranger))

  // Any other effect can ask as well. What takes too long is a no.
  const asleep = approval({ ask: () => Effect.never, timeout: "50 millis" })
  yield* remove("chat-2").pipe(Plugin.with(asleep))

  for (const kept of ["chat-2", "acme-1"]) assert.equal(yield* emulator.holds(kept), true)
}).pipe(Effect.scoped)

const connected = Layer.unwrap(
  Effect.gen(function* () {
    const { apiKey, baseUrl } = yield* Emulator
    return Layer.provide(Sessions.layer, PowerdrillConfig.layer({ apiKey, baseUrl }))
  })
)

await Effect.runPromise(
  program.pipe(
    Effect.provide(connected.pipe(Layer.provideMerge(FetchHttpClient.layer), Layer.provideMerge(Emulator.layerTest())))
  )
)
