/**
 * Which sessions are chosen, which are kept, and what each selection says of itself.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { ReadFailed, Sessions, SessionSummary, UserId } from "@powerdrill-sessions/core"
import { Plan, Selection } from "@powerdrill-sessions/purge"
import { Effect, FileSystem, Result, Stream } from "effect"

const user = UserId.make("tmm-1")

describe("Selection.make", () => {
  it("refuses what does not say which sessions, or says it twice", () => {
    assert.include(refusal({ users: [], all: true }), "users: it names no user")
    assert.include(
      refusal({ users: ["tmm-1"] }),
      "all: it does not say which sessions; give a title rule, or ids, or all: true"
    )
    assert.include(refusal({ users: ["tmm-1"], all: false }), "all: it does not say which sessions")
    assert.include(refusal({ users: ["tmm-1"], keep: ["04b6"] }), "all: it does not say which sessions")
    assert.include(
      refusal({ users: ["tmm-1"], all: true, titleGlob: "x" }),
      "all: all, ids and title rules exclude each other"
    )
    assert.include(refusal({ users: ["tmm-1"], titleContains: "" }), 'titleContains (""): it is empty')
    assert.include(refusal({ users: ["tmm-1"], titleGlob: "" }), 'titleGlob (""): it is empty')
    assert.include(refusal({ users: ["tmm-1"], titleMatches: "" }), 'titleMatches (""): it is empty')
    assert.include(refusal({ users: ["tmm-1"], titleMatches: new RegExp("") }), 'titleMatches ("/(?:)/"): it is empty')
  })

  it("names the pattern that cannot be understood", () => {
    assert.include(
      refusal({ users: ["tmm-1"], titleGlob: "draft [0-9]" }),
      'titleGlob ("draft [0-9]"): it has [, which means nothing here'
    )
    assert.include(refusal({ users: ["tmm-1"], titleGlob: "{a,b}" }), 'titleGlob ("{a,b}"): it has {')
    assert.include(refusal({ users: ["tmm-1"], titleGlob: "a\\" }), 'titleGlob ("a\\\\"): it ends with a backslash')
    assert.include(refusal({ users: ["tmm-1"], titleMatches: "(" }), 'titleMatches ("("): Invalid regular expression')
    assert.include(
      refusal({ users: ["tmm-1"], all: true, keep: ["a", { titleGlob: "[" }] }),
      'keep, titleGlob, number 2 ("["): it has ['
    )
  })

  it("names the id, the user and the line that is wrong", () => {
    assert.include(
      refusal({ users: ["tmm-1", " tmm-2"], all: true }),
      'users, number 2 (" tmm-2"): it must not begin or end'
    )
    assert.include(
      refusal({ users: ["tmm-1"], ids: ["04b6", ".."] }),
      'ids, number 2 (".."): it must not be a dot segment'
    )
    const bad = failure(Selection.idsOf("# from a file\n\n04b6\r\n  \n%2e%2e\n5c7d\n"))
    assert.deepStrictEqual([bad.field, bad.at, bad.value], ["line", 5, "%2e%2e"])
    assert.strictEqual(
      bad.message,
      'The selection cannot be used, and nothing was chosen: line, number 5 ("%2e%2e"): it must not be a dot segment: ' +
        "a URL parser would collapse it into another path."
    )
    assert.strictEqual(JSON.parse(JSON.stringify(bad)).message, bad.message)
    assert.deepStrictEqual<unknown>(success(Selection.idsOf("# from a file\r\n\r\n04b6\r\n5c7d")), ["04b6", "5c7d"])
  })

  it("refuses rules to keep by that could not protect what they should", () => {
    assert.include(
      refusal({ users: ["tmm-1"], all: true, keep: [""] }),
      "keep, number 1: it is no id, no pattern, and no rule about titles"
    )
    assert.include(
      refusal({ users: ["tmm-1"], ids: ["a"], keep: [{ titleGlob: "x" }] }),
      "keep, number 1: it is about titles, which nobody"
    )
    const file = failure(make({ users: ["tmm-1"], all: true, keepFiles: [{ path: "holds", text: "a\nb c\n" }] }))
    assert.deepStrictEqual([file.field, file.at, file.value], ["keepFiles", 2, "holds"])
    assert.include(
      refusal({ users: ["tmm-1"], all: true, keepFiles: [{ path: "holds", text: "" }] }),
      "it is empty, as if it were about"
    )
    assert.include(
      refusal({ users: ["tmm-1", "tmm-2"], all: true, keep: [{ titleContains: "" }] }),
      "keep, titleContains, number 1"
    )
  })
})

describe("Selection.decide", () => {
  it("all: with and without titles", () => {
    const all = { users: ["tmm-1"], all: true }
    assert.strictEqual(ruled(all, { id: "04b6", title: "Q3" }), "chosen")
    assert.strictEqual(ruled(all, { id: "04b6" }), "chosen")
    const decision = Selection.decide(success(make(all)), user, new SessionSummary({ id: "04b6", title: "Q3" }))
    assert.deepStrictEqual<unknown>({ ...decision.entry }, { sessionId: "04b6", userId: "tmm-1", title: "Q3" })
  })

  it("a title rule never chooses a session without a title, and says so", () => {
    for (const by of [{ titleContains: "a" }, { titleGlob: "*" }, { titleMatches: "^" }]) {
      assert.include(ruled({ users: ["tmm-1"], ...by }, { id: "04b6" }), "it has no title, and is to be chosen by one")
      assert.strictEqual(ruled({ users: ["tmm-1"], ...by }, { id: "04b6", title: "a" }), "chosen")
    }
  })

  it("checks the text in the title itself, whatever the API takes for its filter", () => {
    const drafts = { users: ["tmm-1"], titleContains: "Draft" }
    assert.strictEqual(ruled(drafts, { id: "04b6", title: "A Draft." }), "chosen")
    assert.include(ruled(drafts, { id: "04b6", title: "a draft" }), 'its title is not one with "Draft"')
    assert.include(
      ruled({ users: ["tmm-1"], titleContains: "\u00e9" }, { id: "a", title: "e\u0301" }),
      'its title is not one with "\u00e9"'
    )
  })

  it("all title rules must hold", () => {
    const both = { users: ["tmm-1"], titleGlob: "Draft*", titleMatches: /\d$/ }
    assert.strictEqual(ruled(both, { id: "04b6", title: "Draft 3" }), "chosen")
    assert.include(ruled(both, { id: "04b6", title: "Draft" }), 'its title is not one matching "/\\\\d$/"')
    assert.include(ruled(both, { id: "04b6", title: "3" }), 'its title is not one like "Draft*"')
  })

  it("globs are over the whole title, and no paths", () => {
    const matches: ReadonlyArray<readonly [glob: string, title: string, holds: boolean]> = [
      ["a", "a", true],
      ["a", "ab", false],
      ["a*", "a", true],
      ["a*", "ba", false],
      ["*", "", true],
      ["?", "", false],
      ["?", "\u{1f600}", true],
      ["*.csv", ".csv", true],
      ["a*b", "a/x/.b", true],
      ["a*b*c", "abcbcbc", true],
      ["a*b*c", "abcbcb", false],
      ["*a*b?", "xxaxbxaxbb", true],
      ["\\*", "*", true],
      ["\\*", "a", false],
      ["\\[a\\]", "[a]", true],
      ["**", "line\nbreak", true],
      ["DRAFT", "draft", false]
    ]
    for (const [titleGlob, title, holds] of matches) {
      const decision = decide({ users: ["tmm-1"], titleGlob }, { id: "04b6", title })
      assert.strictEqual(decision._tag, holds ? "Chosen" : "Kept", `${titleGlob} and ${title}`)
    }
  })

  it("a glob takes no longer for being hostile", () => {
    assert.include(
      ruled({ users: ["tmm-1"], titleGlob: `${"a*".repeat(50)}b` }, { id: "a", title: "a".repeat(50_000) }),
      "its title is not"
    )
  })

  it("a sticky or global expression carries nothing over from title to title", () => {
    const selection = success(make({ users: ["tmm-1"], titleMatches: /draft/gy }))
    for (const title of ["draft", "draft", "draft"]) {
      assert.strictEqual(Selection.decide(selection, user, { id: "a", title })._tag, "Chosen")
    }
  })

  it("what is chosen is kept by an id, a pattern, a title and a file, with the reason", () => {
    const selection = {
      users: ["tmm-1"],
      all: true,
      keep: [
        "04b6",
        { pattern: /^acme-/, because: "a customer" },
        { titleContains: "Q4", because: "the auditors" },
        { titleGlob: "Legal*", titleMatches: /\d/ }
      ],
      keepFiles: [{ path: "holds.txt", text: "# holds\n5c7d   # legal hold 4711\n/^x/i\n" }]
    }
    assert.include(ruled(selection, { id: "04b6" }), 'it is protected by the rule "04b6"')
    assert.include(ruled(selection, { id: "acme-1" }), 'it is protected by the rule /^acme-/: "a customer"')
    assert.include(
      ruled(selection, { id: "a", title: "of Q4." }),
      'it is kept by its title, one with "Q4": "the auditors"'
    )
    assert.include(
      ruled(selection, { id: "a", title: "Legal 1" }),
      'it is kept by its title, one like "Legal*" and matching "/\\\\d/"'
    )
    assert.strictEqual(ruled(selection, { id: "a", title: "Legal" }), "chosen")
    assert.include(
      ruled(selection, { id: "5c7d" }),
      'it is protected by the rule "5c7d" in line 2 of "holds.txt": "legal hold 4711"'
    )
    assert.include(ruled(selection, { id: "X1" }), 'it is protected by the rule /^x/i in line 3 of "holds.txt"')
    assert.strictEqual(ruled(selection, { id: "a" }), "chosen")
  })

  it("keeps what is listed as another user's, and what cannot be sent", () => {
    const all = { users: ["tmm-1"], all: true }
    assert.strictEqual(ruled(all, { id: "04b6", userId: "tmm-1" }), "chosen")
    assert.include(ruled(all, { id: "04b6", userId: "tmm-2" }), 'it is listed as a session of another user, "tmm-2"')
    assert.include(ruled(all, { id: " 04b6" }), "its id cannot be sent: it must not begin or end with white space")
  })
})

describe("Selection.decisions", () => {
  it.effect("lists each user once, with the text for the API's filter", () =>
    Effect.gen(function* () {
      const asked: Array<unknown> = []
      const layer = Sessions.layerTest(nothingDeleted, {
        list: (options) => {
          asked.push(options)
          return Stream.make(new SessionSummary({ id: `${options.userId}-a`, title: "Draft" }))
        }
      })
      const selection = success(make({ users: ["tmm-1", "tmm-2", "tmm-1"], titleContains: "Draft" }))
      const decisions = yield* Stream.runCollect(Selection.decisions(selection)).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        decisions.map(({ entry }) => [entry.userId, entry.sessionId]),
        [
          [user, "tmm-1-a"],
          [UserId.make("tmm-2"), "tmm-2-a"]
        ]
      )
      assert.deepStrictEqual<unknown>(asked, [
        { userId: "tmm-1", titleContains: "Draft" },
        { userId: "tmm-2", titleContains: "Draft" }
      ])
    })
  )

  it.effect("ids are not listed, and each is decided once", () =>
    Effect.gen(function* () {
      const selection = success(make({ users: ["tmm-1"], ids: ["a", "b", "a"], keep: ["b"] }))
      const decisions = yield* Stream.runCollect(Selection.decisions(selection)).pipe(
        Effect.provide(Sessions.layerTest(nothingDeleted))
      )
      assert.deepStrictEqual(
        decisions.map(({ _tag, entry }) => [_tag, entry.sessionId]),
        [
          ["Chosen", "a"],
          ["Kept", "b"]
        ]
      )
    })
  )
})

describe("Selection.plan", () => {
  const inDirectory = <A, E>(body: (path: string) => Effect.Effect<A, E, FileSystem.FileSystem>) =>
    FileSystem.FileSystem.use((fs) => fs.makeTempDirectoryScoped()).pipe(
      Effect.flatMap((directory) => body(`${directory}/plan.jsonl`)),
      Effect.scoped,
      Effect.provide(NodeFileSystem.layer)
    )
  const options = { baseUrl: "https://ai.data.cloud/api" }

  it.effect("writes what is chosen, and counts and tells what is kept", () =>
    inDirectory((path) =>
      Effect.gen(function* () {
        const layer = Sessions.layerTest(nothingDeleted, {
          list: () => Stream.fromIterable(["a", "b", "c"]).pipe(Stream.map((id) => new SessionSummary({ id })))
        })
        const selection = success(make({ users: ["tmm-1"], all: true, keep: ["b"] }))
        const told: Array<string> = []
        yield* Selection.plan(selection, path, {
          ...options,
          onKept: ({ entry, rule }) => Effect.sync(() => told.push(`${entry.sessionId}: ${rule}`))
        }).pipe(Effect.provide(layer))
        const plan = yield* Plan.open(path, options)
        assert.deepStrictEqual(
          (yield* Stream.runCollect(plan.entries)).map(({ sessionId }) => String(sessionId)),
          ["a", "c"]
        )
        assert.strictEqual(plan.header.kept, 1)
        assert.strictEqual(plan.header.selection, 'all sessions of user "tmm-1", without what a rule keeps')
        assert.deepStrictEqual(told, ['b: it is protected by the rule "b"'])
      })
    )
  )

  it.effect("half a listing is no plan", () =>
    inDirectory((path) =>
      Effect.gen(function* () {
        const unstable = new ReadFailed({ reason: "unstable", read: "list", attempts: 3 })
        const layer = Sessions.layerTest(nothingDeleted, {
          list: () => Stream.concat(Stream.make(new SessionSummary({ id: "a" })), Stream.fail(unstable))
        })
        const selection = success(make({ users: ["tmm-1"], all: true }))
        const error = yield* Effect.flip(Selection.plan(selection, path, options)).pipe(Effect.provide(layer))
        assert.strictEqual(error, unstable)
        assert.isFalse(yield* FileSystem.FileSystem.use((fs) => fs.exists(path)))
      })
    )
  )
})

it("Selection.describe says it in words, on one line", () => {
  const words = (options: Selection.Options) => Selection.describe(success(make(options)))
  assert.strictEqual(words({ users: ["tmm-1"], all: true }), 'all sessions of user "tmm-1"')
  assert.strictEqual(
    words({ users: ["1", "2", "3", "4", "5"], titleContains: "a\nb", titleGlob: "*", keep: ["x", "y"] }),
    'sessions of users "1", "2", "3" and 2 more with a title with "a\\nb" and like "*", without what 2 rules keep'
  )
  assert.strictEqual(words({ users: ["tmm-1"], ids: ["a"] }), '1 session of user "tmm-1", named by id')
  assert.strictEqual(words({ users: ["tmm-1"], ids: ["a", "b"] }), '2 sessions of user "tmm-1", named by id')
})

const make = Selection.make

const nothingDeleted = () => Effect.die("a selection deletes nothing")

const success = <A, E>(result: Result.Result<A, E>): A =>
  Result.isSuccess(result) ? result.success : assert.fail(String(result.failure))

const failure = <A, E>(result: Result.Result<A, E>): E =>
  Result.isFailure(result) ? result.failure : assert.fail("It was accepted")

const refusal = (options: Selection.Options) => {
  const { message } = failure(make(options))
  assert.match(message, /^The selection cannot be used, and nothing was chosen: .*\.$/)
  return message
}

const decide = (options: Selection.Options, summary: { id: string; title?: string; userId?: string }) =>
  Selection.decide(success(make(options)), user, summary)

/** By which rule a session is kept, or that it is chosen. */
const ruled = (...args: Parameters<typeof decide>) => {
  const decision = decide(...args)
  return decision._tag === "Kept" ? decision.rule : "chosen"
}
