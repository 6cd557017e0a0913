/**
 * What is protected is never sent, and a list that cannot be trusted protects everything.
 */
import { Plugin, SessionId } from "@powerdrill-sessions/core"
import { ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import {
  InvalidProtectFile,
  protect,
  protectFile,
  protection,
  protectionOfFile,
  type ProtectRule
} from "@powerdrill-sessions/core/plugins"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Predicate, Result, Schema } from "effect"
import { overScript, remove, requestCount } from "../support/sessions.ts"

const deleted = ScriptedHttpClient.respond({ code: 0 })

/** How a delete ends: `deleted`, or the reason of the veto. */
const ending = (sessionId: string) =>
  remove(sessionId).pipe(
    Effect.map(({ disposition }): string => disposition),
    Effect.catchTag("Vetoed", ({ reason }) => Effect.succeed(reason))
  )

/** How the deletes of several sessions end under a list, and how many requests that took. */
const under = (rules: ReadonlyArray<ProtectRule>, ...sessionIds: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const endings = yield* Effect.forEach(sessionIds, ending).pipe(Plugin.with(protect(rules)))
    return { endings, requests: yield* requestCount }
  }).pipe(Effect.provide(overScript(sessionIds.map(() => deleted))))

const only = (sessionId: string, because = "") => `it is protected by the rule ${JSON.stringify(sessionId)}${because}`

describe("protect", () => {
  it.effect("B21 refuses the ids of its list, sends nothing, and says which rule and why", () =>
    Effect.gen(function* () {
      const rules = ["04b6", { id: "5c7d", because: "legal hold 4711" }, { id: "6e", because: undefined }]
      assert.deepStrictEqual(yield* under(rules, "04b6", "5c7d", "6e"), {
        endings: [only("04b6"), only("5c7d", ': "legal hold 4711"'), only("6e")],
        requests: 0
      })
      const error = yield* Effect.flip(remove("5c7d").pipe(Plugin.with(protect(rules, { name: "holds" })))).pipe(
        Effect.provide(overScript([]))
      )
      assert.strictEqual(
        error.message,
        'Session "5c7d" was not deleted. Plugin "holds" refused: it is protected by the rule "5c7d": "legal hold 4711". ' +
          "Nothing was sent."
      )
    })
  )

  const others: ReadonlyArray<readonly [what: string, rule: string, other: string]> = [
    ["another case", "04b6", "04B6"],
    ["a longer one", "04b6", "04b6-2"],
    ["a shorter one", "04b6", "04b"],
    ["white space inside", "a b", "a  b"],
    ["another form of Unicode", "\u00e9", "e\u0301"],
    ["a star, which is no wildcard", "04*", "04b6"],
    ["a property of every object", "04b6", "constructor"]
  ]
  for (const [what, rule, other] of others) {
    it.effect(`an id is only itself: ${what} is deleted`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual((yield* under([rule], rule, other)).endings, [only(rule), "deleted"])
      })
    )
  }

  it.effect("patterns match wherever they are found, also with a dot, a slash or a line in front", () =>
    Effect.gen(function* () {
      const { endings, requests } = yield* under(
        [{ pattern: /hold$/i, because: "the court" }, /^legal-/],
        "legal-1/2",
        ".legal-HOLD",
        "free"
      )
      assert.deepStrictEqual(endings, [
        "it is protected by the rule /^legal-/",
        'it is protected by the rule /hold$/i: "the court"',
        "deleted"
      ])
      assert.strictEqual(requests, 1)
    })
  )

  for (const flags of ["g", "y", "gy", "dgimsuy"]) {
    it.effect(`a pattern with the flags ${flags} matches the same again and again, and is left as it was`, () =>
      Effect.gen(function* () {
        const pattern = new RegExp("legal", flags)
        pattern.lastIndex = 3
        const { requests } = yield* under([pattern], "legal-1", "legal-2", "legal-1")
        assert.strictEqual(requests, 0)
        assert.strictEqual(pattern.lastIndex, 3)
      })
    )
  }

  it.effect("a frozen pattern and one that is changed afterwards go on matching", () =>
    Effect.gen(function* () {
      const changed = /^legal/
      const plugin = protect([Object.freeze(/hold/g), changed])
      changed.exec = () => null
      const endings = yield* Effect.forEach(["hold", "hold", "legal"], ending).pipe(
        Plugin.with(plugin),
        Effect.provide(overScript([]))
      )
      assert.isTrue(endings.every((reason) => reason.startsWith("it is protected by the rule /")))
    })
  )

  it.effect("text from outside cannot disguise itself in a reason", () =>
    Effect.gen(function* () {
      const { endings } = yield* under(
        [{ pattern: /\u202e|a/, because: "\u001b[2J" }, new RegExp("\u202e|b")],
        "a",
        "b"
      )
      assert.deepStrictEqual(endings, [
        String.raw`it is protected by the rule /\u202e|a/: "\u001b[2J"`,
        String.raw`it is protected by the rule "/\u202e|b/"`
      ])
    })
  )

  const unusable: ReadonlyArray<readonly [what: string, rule: unknown]> = [
    ["no value", undefined],
    ["an object of another kind", {}],
    ["the empty string", ""],
    ["an id that no session has", { id: " 04b6", because: 1 }],
    ["a pattern that is text", { pattern: 1 }]
  ]
  for (const [what, rule] of unusable) {
    it.effect(`B21 refuses every call where a rule is ${what}`, () =>
      Effect.gen(function* () {
        // @ts-expect-error TS2322: a program in JavaScript can write anything.
        const rules: ReadonlyArray<ProtectRule> = ["04b6", rule]
        assert.deepStrictEqual(yield* under(rules, "free"), {
          endings: ["nothing may be deleted while its rule 2 is neither an id nor a pattern"],
          requests: 0
        })
      })
    )
  }

  it.effect("an empty list protects nothing", () =>
    Effect.map(under([], "free"), ({ endings }) => assert.deepStrictEqual(endings, ["deleted"]))
  )

  it.effect.prop(
    "no id of the list is ever sent, and every other is",
    [Schema.Array(Schema.String), Schema.Array(Schema.String)],
    ([listed, asked]) =>
      Effect.gen(function* () {
        const isSent = Effect.fnUntraced(function* (sessionId: string) {
          yield* Effect.result(remove(sessionId).pipe(Plugin.with(protect(listed.filter(isId)))))
          return yield* requestCount
        })
        for (const sessionId of [...listed, ...asked].filter(isId)) {
          const sent = yield* Effect.provide(isSent(sessionId), overScript([deleted]))
          assert.strictEqual(sent, listed.includes(sessionId) ? 0 : 1, JSON.stringify(sessionId))
        }
      })
  )
})

/** With any other id a call is an `InvalidRequest`, and a rule is none. */
const isId = Schema.is(SessionId)

describe("protectFile", () => {
  /** A list with this text, in a folder of its own. */
  const list = Effect.fnUntraced(function* (text: string | Uint8Array) {
    const files = yield* FileSystem.FileSystem
    const folder = yield* files.makeTempDirectoryScoped()
    const path = `${folder}/holds.txt`
    const write = (content: string | Uint8Array, to = path) =>
      Predicate.isString(content) ? files.writeFileString(to, content) : files.writeFile(to, content)
    yield* write(text)
    return { files, folder, path, write }
  })

  const quoted = (path: string) => JSON.stringify(path)

  it.effect("B21 names the rule, its line and its reason", () =>
    Effect.gen(function* () {
      const { path } = yield* list(
        [
          "\ufeff# holds of the legal department",
          "",
          "  04b6-11ef\t",
          "5c7d # legal hold 4711 # and 4712\r",
          "/^acme-/i # see /wiki/acme",
          String.raw`/[/#] # \/$/ #`,
          "# end"
        ].join("\n")
      )
      const asked = ["04b6-11ef", "5c7d", "ACME-1", "/ # /", "free"]
      const endings = yield* Effect.forEach(asked, ending).pipe(Plugin.with(protectFile(path)))
      assert.deepStrictEqual(endings, [
        `it is protected by the rule "04b6-11ef" in line 3 of ${quoted(path)}`,
        `it is protected by the rule "5c7d" in line 4 of ${quoted(path)}: "legal hold 4711 # and 4712"`,
        `it is protected by the rule /^acme-/i in line 5 of ${quoted(path)}: "see /wiki/acme"`,
        String.raw`it is protected by the rule /[/#] # \/$/ in line 6 of ${quoted(path)}`,
        "deleted"
      ])
      assert.strictEqual(yield* requestCount, 1)
    }).pipe(Effect.provide([overScript([deleted]), NodeServices.layer]))
  )

  const invalid: ReadonlyArray<
    readonly [what: string, text: string | Uint8Array, line: number | undefined, why: RegExp]
  > = [
    ["an id and a reason without #", "a\n04b6 legal hold", 2, /neither white space nor #/],
    ["a # that touches the id", "04b6#hold", 1, /neither white space nor #/],
    ["an invisible character", "04b6\u200b", 1, /characters that no id has/],
    ["a control character", "04\u0000b6", 1, /characters that no id has/],
    ["a dot segment", "..", 1, /characters that no id has/],
    ["a pattern without an end", "# x\r\n\r\n/legal", 3, /begins with \/ and is no pattern/],
    ["a pattern with a reason without #", "/legal/ hold", 1, /is no pattern/],
    ["an empty pattern", "//", 1, /is no pattern/],
    ["a path", "/v1/team/sessions", 1, /is no pattern/],
    ["a pattern with a flag that there is not", "/legal/k", 1, /not a regular expression/],
    ["a pattern that does not compile", "/(legal/", 1, /not a regular expression/],
    ["nothing", "", undefined, /empty/],
    ["only white space", "\n \n", undefined, /empty/],
    ["text in UTF-16", new Uint8Array([0xff, 0xfe, 0x30, 0x00]), undefined, /UTF-8/]
  ]
  for (const [what, text, line, why] of invalid) {
    it.effect(
      `B21 building it fails, naming the line, and later each call is refused, where the file has ${what}`,
      () =>
        Effect.gen(function* () {
          const { path, write } = yield* list(text)
          const error = yield* Effect.flip(protectFile(path))
          assert.instanceOf(error, InvalidProtectFile)
          assert.deepStrictEqual([error.path, error.atLine], [path, line])
          assert.match(error.message, why)
          assert.include(JSON.stringify(error), `"message":`)

          yield* write("# nothing yet")
          const call = Effect.andThen(
            write(text),
            Effect.andThen(Effect.flip(remove("free")), (refused) =>
              Effect.sync(() => assert.deepInclude({ ...refused }, { broken: true }))
            )
          )
          const reason = yield* Effect.andThen(call, ending("free")).pipe(Plugin.with(protectFile(path)))
          assert.strictEqual(`${reason}.`, `nothing may be deleted now. ${error.message}`)
          assert.strictEqual(yield* requestCount, 0)
        }).pipe(Effect.provide([overScript([]), NodeServices.layer]))
    )
  }

  it.effect("B21 a file that is not there, or is a folder, cannot be built from", () =>
    Effect.gen(function* () {
      const { folder } = yield* list("a")
      for (const path of [folder, `${folder}/other`]) {
        assert.match((yield* Effect.flip(protectFile(path))).message, /cannot be used: it cannot be read \(\w+\)\.$/)
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("B21 what the file says at the moment of the call counts", () =>
    Effect.gen(function* () {
      const { files, folder, path, write } = yield* list("aaaa")
      const protects = (reason: string) => assert.match(reason, /^it is protected by the rule/)
      yield* Effect.gen(function* () {
        protects(yield* ending("aaaa"))
        protects(yield* ending("aaaa"))

        // In place, to the same size and with the time that it had.
        const { mtime } = yield* files.stat(path)
        const time = yield* Effect.fromOption(mtime)
        yield* write("bbbb")
        yield* files.utimes(path, time, time)
        protects(yield* ending("bbbb"))
        assert.strictEqual(yield* ending("aaaa"), "deleted")

        yield* write("cccc", `${folder}/new`)
        yield* files.rename(`${folder}/new`, path)
        protects(yield* ending("cccc"))
        assert.strictEqual(yield* ending("bbbb"), "deleted")

        yield* files.remove(path)
        assert.match(yield* ending("free"), /it cannot be read \(NotFound\)$/)
        yield* files.makeDirectory(path)
        assert.match(yield* ending("free"), /it cannot be read \(\w+\)$/)

        yield* files.remove(path, { recursive: true })
        yield* write("# all free")
        assert.strictEqual(yield* ending("cccc"), "deleted")
      }).pipe(Plugin.with(protectFile(path)))
      assert.strictEqual(yield* requestCount, 3)
    }).pipe(Effect.provide([overScript([deleted, deleted, deleted]), NodeServices.layer]))
  )

  it.effect("a list in the program and one in a file are used together", () =>
    Effect.gen(function* () {
      const { path } = yield* list("04b6")
      const plugins = Plugin.layer(protect(["5c7d"]), protectFile(path, { name: "holds" }))
      const errors = yield* Effect.forEach(["04b6", "5c7d"], (id) => Effect.flip(remove(id))).pipe(
        Effect.provide(plugins)
      )
      assert.deepStrictEqual(
        errors.map((error) => error._tag === "Vetoed" && error.plugin),
        ["holds", "protect"]
      )
    }).pipe(Effect.provide([overScript([]), NodeServices.layer]))
  )

  it.effect.prop("no id that is listed is ever sent", [Schema.Array(Schema.String)], ([listed]) =>
    Effect.gen(function* () {
      const ids = listed.filter((id) => isId(id) && /^[^\s#/][^\s#]*$/.test(id) && !/\p{Cf}/u.test(id))
      const { path } = yield* list(["# ids", ...ids].join("\n"))
      yield* Effect.forEach(ids, (id) => Effect.flip(remove(id))).pipe(Plugin.with(protectFile(path)))
      assert.strictEqual(yield* requestCount, 0)
    }).pipe(Effect.provide([overScript([]), NodeServices.layer]), Effect.scoped)
  )
})

describe("protection", () => {
  it("gives the reasons of the plugin without a call", () => {
    const [rules, file] = [protection(["04b6", /^a/]), protectionOfFile("holds", "04b6\n5c7d # of legal\n")]
    if (Result.isFailure(rules) || Result.isFailure(file)) return assert.fail("They were refused")
    assert.strictEqual(rules.success("04b6"), only("04b6"))
    assert.strictEqual(rules.success("abc"), "it is protected by the rule /^a/")
    assert.strictEqual(rules.success("b"), undefined)
    assert.strictEqual(file.success("5c7d"), only("5c7d", ' in line 2 of "holds": "of legal"'))
    assert.strictEqual(file.success("b"), undefined)
  })

  it("fails where a rule cannot be understood", () => {
    assert.deepStrictEqual(
      protection(["04b6", ""]),
      Result.fail("nothing may be deleted while its rule 2 is neither an id nor a pattern")
    )
    const file = protectionOfFile("holds", "04b6\na b\n")
    assert.isTrue(Result.isFailure(file) && file.failure instanceof InvalidProtectFile && file.failure.atLine === 2)
  })
})
