import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Emulator, SessionRecord } from "../src/index.ts"
import { call } from "./fixtures/call.ts"

describe("SessionRecord", () => {
  it.effect("is what get shows: everything but the key", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const { apiKey: _, ...record } = yield* emulator.create({ title: "Sales" })
      assert.deepStrictEqual((yield* call(emulator, "GET", `/${record.id}`)).data, record)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("comes in pages, filtered by a part of the title, of one user and key only", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      for (let i = 1; i <= 25; i++) {
        yield* emulator.create({ sessionId: `s${i}`, title: i % 2 === 0 ? "Even one" : "Odd" })
      }
      yield* emulator.create({ userId: "tmm-other", title: "Even one" })
      yield* emulator.create({ apiKey: "key-b", title: "Even one" })
      const page = (query: Record<string, string>) =>
        Effect.flatMap(call(emulator, "GET", "", { query }), ({ data }) => decodePage(data)).pipe(
          Effect.map(({ records, ...rest }) => ({ ...rest, ids: records.map((record) => record.id).join(" ") }))
        )
      assert.deepStrictEqual(yield* page({}), {
        total: 25,
        pageNumber: 1,
        pageSize: 10,
        ids: "s1 s2 s3 s4 s5 s6 s7 s8 s9 s10"
      })
      assert.deepStrictEqual(yield* page({ pageNumber: "3" }), {
        total: 25,
        pageNumber: 3,
        pageSize: 10,
        ids: "s21 s22 s23 s24 s25"
      })
      assert.deepStrictEqual(yield* page({ title: "ven o", pageSize: "5", pageNumber: "3" }), {
        total: 12,
        pageNumber: 3,
        pageSize: 5,
        ids: "s22 s24"
      })
    }).pipe(Effect.provide(Emulator.layerTest({ apiKeys: ["key-a", "key-b"] })))
  )

  it.effect("comes in pages no larger than the server has them, which it says", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const page = (query: Record<string, string>) =>
        Effect.flatMap(call(emulator, "GET", "", { query }), ({ data }) => decodePage(data)).pipe(
          Effect.map(({ pageSize, records, total }) => [pageSize, records.length, total])
        )
      assert.deepStrictEqual(yield* page({ pageSize: "100" }), [5, 5, 7])
      assert.deepStrictEqual(yield* page({ pageSize: "100", pageNumber: "2" }), [5, 2, 7])
      assert.deepStrictEqual(yield* page({ pageSize: "3", pageNumber: "2" }), [3, 3, 7])
      assert.deepStrictEqual(yield* page({}), [5, 5, 7])
    }).pipe(Effect.provide(Emulator.layerTest({ seedSessions: 7, maxPageSize: 5 })))
  )

  it.effect("is created by a request, for its key and user", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const created = yield* call(emulator, "POST", "", { body: { userId: "tmm-new", title: "Mine", more: 1 } })
      const [session] = yield* emulator.sessions
      assert.strictEqual(created.text, JSON.stringify({ code: 0, data: { id: session?.id } }))
      assert.deepStrictEqual([session?.userId, session?.title, session?.apiKey], ["tmm-new", "Mine", emulator.apiKey])
    }).pipe(Effect.provide(Emulator.layerTest()))
  )
})

const decodePage = Schema.decodeUnknownEffect(
  Schema.Struct({
    total: Schema.Int,
    pageNumber: Schema.Int,
    pageSize: Schema.Int,
    records: Schema.Array(SessionRecord)
  })
)
