// Every way a delete can fail, provoked on the emulator: what each says of the session, and what to do about it.
// `Match.tagsExhaustive` makes the list complete: an error without a line here does not compile.
import { PowerdrillConfig, RetryPolicy, Sessions, type SessionsError } from "@powerdrill-sessions/core"
import { Emulator, type ScriptedAnswer } from "@powerdrill-sessions/emulator"
import { Console, Effect, Layer, Match } from "effect"
import { FetchHttpClient } from "effect/http"
import assert from "node:assert/strict"

const advice = Match.type<SessionsError>().pipe(
  Match.tagsExhaustive({
    // Refused before anything is sent.
    InvalidRequest: ({ field, rule }) => `${field} ${rule}`,
    Vetoed: ({ plugin, reason }) => `${plugin} refused: ${reason}`,
    // Answered by the API: it did not delete the session.
    BadRequest: () => "check the session id and the user id",
    RateLimited: ({ retryAfterMillis }) => `wait ${retryAfterMillis ?? 1000} ms`,
    InvalidOperation: () => "look at the session in Powerdrill",
    Unauthorized: () => "use the API key of the project",
    Forbidden: () => "check that the session is this user's",
    SessionNotFound: () => "if it may be gone already, call ensureDeleted",
    UnrecognizedCode: ({ code }) => `ask the vendor what code ${code} means`,
    // Nobody who knows the session has answered.
    UnexpectedResponse: ({ httpStatus }) => `check the base URL, or the proxy that said HTTP ${httpStatus}`,
    Unreachable: () => "check the base URL and the network",
    // The session may be gone or not.
    Internal: () => "ask again: it is safe",
    OutcomeUnknown: ({ reason }) => `ask again: it is safe (${reason})`
  })
)

/** Creates a session, asks to delete it, and tells what the error says beside what is true. */
const provoke = Effect.fn("provoke")(function* (
  tag: SessionsError["_tag"],
  options: {
    readonly answer?: ScriptedAnswer
    readonly baseUrl?: string
    readonly sessionId?: string
  }
) {
  const emulator = yield* Emulator
  const { baseUrl = emulator.baseUrl } = options
  const session = yield* emulator.create()
  if (options.answer !== undefined) yield* emulator.answerNextDelete(options.answer)

  const error = yield* Sessions.use((sessions) =>
    sessions.delete({ sessionId: options.sessionId ?? session.id, userId: emulator.userId })
  ).pipe(Effect.flip, Effect.provide(layer({ apiKey: emulator.apiKey, baseUrl })))
  const held = yield* emulator.holds(session.id)

  const columns = [error._tag.padEnd(18), error.outcome.padEnd(11), held ? "deleted nothing" : "deleted it     "]
  yield* Console.log([...columns, advice(error)].join("  "))
  assert.equal(error._tag, tag)
  if (error.outcome === "not-deleted") assert.equal(held, true)
})

const layer = (options: PowerdrillConfig.Options) =>
  Sessions.layer.pipe(Layer.provide([FetchHttpClient.layer, PowerdrillConfig.layer(options)]))

/** The address of a server that has just been stopped. */
const nobodyThere = Effect.scoped(Effect.map(Emulator.make({ port: 0 }), ({ baseUrl }) => baseUrl))

const program = Effect.gen(function* () {
  const { baseUrl } = yield* Emulator
  yield* Console.log("ERROR               SAYS         THE SERVER       WHAT TO DO")
  yield* provoke("InvalidRequest", { sessionId: ".." })
  yield* provoke("BadRequest", { answer: { code: 100 } })
  yield* provoke("RateLimited", { answer: { code: 201, retryAfter: "3 seconds" } })
  yield* provoke("InvalidOperation", { answer: { code: 100001 } })
  yield* provoke("Unauthorized", { answer: { code: 1004 } })
  yield* provoke("Forbidden", { answer: { code: 300002 } })
  yield* provoke("SessionNotFound", { sessionId: "no-such-session" })
  yield* provoke("UnrecognizedCode", { answer: { code: 424242 } })
  yield* provoke("UnexpectedResponse", { baseUrl: baseUrl.replace("/api", "/wrong") })
  yield* provoke("Unreachable", { baseUrl: yield* nobodyThere })
  yield* provoke("Internal", { answer: { code: 9999 } })
  yield* provoke("Internal", { answer: { code: 9999, commit: true } })
  yield* provoke("OutcomeUnknown", { answer: { code: 0, httpStatus: 502 } })
  yield* provoke("OutcomeUnknown", { answer: { code: 0, httpStatus: 502, commit: true } })
  // `Vetoed` is missing: it belongs to plugins, and there are none yet.
}).pipe(RetryPolicy.withPolicy(RetryPolicy.none))

await Effect.runPromise(program.pipe(Effect.provide(Emulator.layerTest())))
