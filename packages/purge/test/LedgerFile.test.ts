/**
 * A ledger in a file, with what can befall a file.
 */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Sessions, SessionNotFound } from "@powerdrill-sessions/core"
import { Ledger, LedgerError, LedgerFile, Purge, PurgeStatus, SqliteClient } from "@powerdrill-sessions/purge"
import { Cause, Effect, Exit, FileSystem, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { absent, append, begun, ended, intent, outcome, reading, unknown, idsOf } from "./support/ledgers.ts"
import { planOf } from "./support/plans.ts"

/** A plan in a folder of its own. */
const place = Effect.fnUntraced(function* (ids = idsOf(3)) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "ledger-" })
  const plan = { ...planOf(ids), path: `${folder}/plan.jsonl` }
  return { fs, folder, plan, path: LedgerFile.pathOf(plan.path) }
})

const test = <A, E>(effect: Effect.Effect<A, E, FileSystem.FileSystem>) => Effect.provide(effect, NodeFileSystem.layer)

/** All that a ledger claims. */
const truth = Effect.gen(function* () {
  const ledger = yield* Ledger
  yield* ledger.verify
  return JSON.stringify([
    ledger.plan,
    yield* ledger.counts,
    yield* Stream.runCollect(ledger.entries),
    yield* Stream.runCollect(ledger.requests)
  ])
})

/** What a ledger is refused with; dies of what is no `LedgerError`. */
const refusalOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Effect.exit(effect), (exit) => {
    if (Exit.isSuccess(exit)) return Effect.undefined
    const error = Cause.squash(exit.cause)
    return error instanceof LedgerError ? Effect.succeed(error) : Effect.die(error)
  })

const over = (path: string) => SqliteClient.layer({ filename: path })

const raw = (path: string, ...statements: ReadonlyArray<string>) =>
  Effect.provide(
    Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.forEach(statements, (statement) => sql.unsafe(statement))),
    over(path)
  )

describe("LedgerFile", () => {
  it("has a place beside the plan", () => {
    assert.strictEqual(LedgerFile.pathOf("/a/b.jsonl"), "/a/b.ledger.sqlite")
    assert.strictEqual(LedgerFile.pathOf("b"), "b.ledger.sqlite")
  })

  it.effect("begins, is taken up again, and can be looked at meanwhile", () =>
    Effect.gen(function* () {
      const { fs, folder, plan } = yield* place()
      const here = LedgerFile.layer(plan, "a test")
      const before = yield* Effect.provide(
        Effect.gen(function* () {
          yield* append(begun, intent(1), outcome(1))
          const seen = yield* Effect.provide(
            Effect.flatMap(Ledger, (ledger) => Effect.all([truth, ledger.run, ledger.tell("pause", "ann")])),
            LedgerFile.layerAttached(plan.path)
          )
          const ledger = yield* Ledger
          assert.strictEqual(seen[1].holder, "a test")
          assert.strictEqual(yield* ledger.command, "pause")
          assert.strictEqual(seen[0], yield* truth)
          return seen[0]
        }),
        here
      )
      assert.deepStrictEqual([...(yield* fs.readDirectory(folder))].toSorted(), [
        "plan.ledger.sqlite",
        "plan.ledger.sqlite-journal",
        "plan.ledger.sqlite-lock",
        "plan.ledger.sqlite-lock-journal"
      ])
      assert.strictEqual(yield* Effect.provide(truth, LedgerFile.layer(plan, "a test")), before)
      const run = yield* Effect.provide(
        Effect.flatMap(Ledger, ({ run }) => run),
        LedgerFile.layerAttached(plan.path)
      )
      assert.strictEqual(run.holder, undefined)
    }).pipe(Effect.scoped, test)
  )

  it.effect("is for its owner's eyes only: it has the ids of users", () =>
    Effect.gen(function* () {
      const { fs, path, plan } = yield* place()
      yield* Effect.provide(Ledger, LedgerFile.layer(plan, "a test"))
      for (const file of [path, `${path}-journal`]) {
        assert.strictEqual((yield* fs.stat(file)).mode & 0o777, 0o600)
      }
    }).pipe(Effect.scoped, test)
  )

  it.effect("keeps two plans apart that are open at once", () =>
    Effect.gen(function* () {
      const one = yield* place(idsOf(1))
      const two = yield* place(idsOf(2))
      const planned = Effect.map(Ledger, ({ plan }) => plan.count)
      const both = Effect.gen(function* () {
        const inner = yield* Effect.provide(planned, LedgerFile.layer(two.plan, "b"))
        const attached = yield* Effect.provide(planned, LedgerFile.layerAttached(two.plan.path))
        return [yield* planned, inner, attached]
      })
      assert.deepStrictEqual(yield* Effect.provide(both, LedgerFile.layer(one.plan, "a")), [1, 2, 2])
    }).pipe(Effect.scoped, test)
  )

  it.effect("is refused to a second holder in the same process, who is told who has it", () =>
    Effect.gen(function* () {
      const { plan } = yield* place()
      const second = refusalOf(Effect.provide(Effect.void, LedgerFile.layer(plan, "the second")))
      yield* Effect.provide(
        Effect.gen(function* () {
          const refused = yield* second
          assert.strictEqual(refused?.problem, "held")
          assert.include(refused?.message ?? "", "the first, since 1970-01-01T00:00:00.000Z, purges by this ledger.")
          assert.include((yield* second)?.message ?? "", "the first")
        }),
        LedgerFile.layer(plan, "the first")
      )
      assert.isUndefined(yield* second)
    }).pipe(Effect.scoped, test)
  )

  it.effect("can be read by many at once, and nobody purges meanwhile", () =>
    Effect.gen(function* () {
      const { path, plan } = yield* place()
      const purges = Effect.provide(Effect.void, LedgerFile.layer(plan, "the first"))
      const reads = Effect.scoped(LedgerFile.lock(path, { reading: true, patience: 0 }))
      yield* purges
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* LedgerFile.lock(path, { reading: true })
          yield* reads
          assert.strictEqual((yield* PurgeStatus.read(plan.path))?.isHeld, false)
          const refused = yield* refusalOf(purges)
          assert.strictEqual(refused?.problem, "held")
          assert.include(refused?.message ?? "", "Another process reads this ledger.")
        })
      )
      yield* purges
      yield* Effect.provide(
        Effect.gen(function* () {
          assert.strictEqual((yield* refusalOf(reads))?.problem, "held")
          assert.strictEqual((yield* PurgeStatus.read(plan.path))?.isHeld, true)
        }),
        LedgerFile.layer(plan, "the first")
      )
    }).pipe(Effect.scoped, test)
  )

  it.effect("is not taken up again where it says more than its entries", () =>
    Effect.gen(function* () {
      const { path, plan } = yield* place()
      yield* Effect.provide(append(begun, intent(1), outcome(1)), LedgerFile.layer(plan, "a test"))
      yield* raw(path, "UPDATE requests SET state = 'deleted', disposition = 'deleted', final = 1")
      const refused = yield* refusalOf(Effect.provide(Effect.void, LedgerFile.layer(plan, "a test")))
      assert.strictEqual(refused?.problem, "altered")
    }).pipe(Effect.scoped, test)
  )

  for (const [what, late] of Object.entries({ outcome: outcome(1), intent: intent(2) })) {
    it.effect(`takes no ${what} of a run once another one has begun, by whatever oversight`, () =>
      Effect.gen(function* () {
        const { path, plan } = yield* place()
        yield* Effect.provide(
          Effect.gen(function* () {
            const ledger = yield* Ledger
            yield* append(begun, intent(1))
            // As if the lock were not there.
            const other = Effect.provide(append(begun, intent(1)), Ledger.layerAttached)
            yield* Effect.provide(other, over(path))
            assert.deepInclude(yield* Effect.flip(ledger.append(late)), { problem: "held" })
          }),
          LedgerFile.layer(plan, "a test")
        )
        yield* Effect.provide(truth, LedgerFile.layer(plan, "a test"))
      }).pipe(Effect.scoped, test)
    )
  }

  it.effect("is refused while another begins it, and stays as it is", () =>
    Effect.gen(function* () {
      const { fs, folder, path, plan } = yield* place()
      yield* LedgerFile.lock(path)
      const refused = yield* refusalOf(Effect.provide(Effect.void, LedgerFile.layer(plan, "the second")))
      assert.strictEqual(refused?.problem, "held")
      assert.include(refused?.message ?? "", "Another process purges by this ledger.")
      assert.deepStrictEqual(
        (yield* fs.readDirectory(folder)).filter((name) => !name.includes("-lock")),
        []
      )
    }).pipe(Effect.scoped, test)
  )

  it.live(
    "is refused while another process holds it, and free once that was killed",
    () =>
      Effect.gen(function* () {
        const { plan } = yield* place(idsOfChild(3))
        const child = yield* start(plan.path, "3")
        yield* said(child, "held")
        const refused = yield* refusalOf(Effect.provide(Effect.void, LedgerFile.layer(plan, "the second")))
        assert.strictEqual(refused?.problem, "held")
        assert.include(refused?.message ?? "", "the child, since")
        yield* killed(child)
        yield* Effect.provide(
          Effect.flatMap(Ledger, ({ verify }) => verify),
          LedgerFile.layer(plan, "the second")
        )
      }).pipe(Effect.scoped, test),
    30_000
  )

  for (const lines of [1, 2, 9, 30, 77]) {
    it.live(
      `tells the truth after its process was killed, at ${lines} events`,
      () =>
        Effect.gen(function* () {
          const count = 100
          const { folder, fs, plan } = yield* place(idsOfChild(count))
          const server = `${folder}/server`
          yield* fs.writeFileString(server, "")
          const child = yield* start(plan.path, String(count), server)
          yield* said(child, "Settled\n".repeat(lines))
          yield* killed(child)

          const gone = new Set((yield* fs.readFileString(server)).split("\n").slice(0, -1))
          const sent: Array<string> = []
          const answer = Sessions.layerTest(({ sessionId }) => {
            sent.push(sessionId)
            return gone.has(sessionId)
              ? Effect.fail(new SessionNotFound({ sessionId, outcome: "not-deleted", attempts: 1 }))
              : Effect.succeed("deleted")
          })
          yield* Effect.gen(function* () {
            const ledger = yield* Ledger
            const before = yield* Stream.runCollect(ledger.requests)
            const settled = before.filter(({ state }) => state === "deleted").map(({ session_id }) => session_id)
            const planned = before.filter(({ state }) => state === "planned").map(({ session_id }) => session_id)
            assert.isAtLeast(settled.length, lines)
            assert.isTrue(settled.every((id) => gone.has(id)))
            assert.isFalse(planned.some((id) => gone.has(id)))
            yield* Stream.runDrain(Purge.run(plan))
            assert.isFalse(sent.some((id) => settled.includes(id)))
            assert.strictEqual((yield* ledger.counts).deleted, count)
            yield* ledger.verify
          }).pipe(Effect.provide([LedgerFile.layer(plan, "the second"), answer]))
        }).pipe(Effect.scoped, test),
      30_000
    )
  }

  describe("refuses", () => {
    const refusals = Effect.fnUntraced(function* (plan: ReturnType<typeof planOf>) {
      const held = yield* refusalOf(Effect.provide(Effect.void, LedgerFile.layer(plan, "a test")))
      const looked = yield* refusalOf(Effect.provide(truth, LedgerFile.layerAttached(plan.path)))
      return [held?.problem, looked?.problem]
    })

    it.effect("to look at one that is not there, and makes none", () =>
      Effect.gen(function* () {
        const { folder, fs, plan } = yield* place()
        const refused = yield* refusalOf(Effect.provide(truth, LedgerFile.layerAttached(plan.path)))
        assert.strictEqual(refused?.problem, "missing")
        assert.include(refused?.message ?? "", `There is no ledger at ${folder}/plan.ledger.sqlite.`)
        assert.deepStrictEqual(yield* fs.readDirectory(folder), [])
      }).pipe(Effect.scoped, test)
    )

    it.effect("what is no database", () =>
      Effect.gen(function* () {
        const { fs, path, plan } = yield* place()
        for (const text of ["hello", "x".repeat(5000), ""]) {
          yield* fs.writeFileString(path, text)
          assert.deepStrictEqual(yield* refusals(plan), ["unreadable", "unreadable"])
          assert.strictEqual(yield* fs.readFileString(path), text)
        }
      }).pipe(Effect.scoped, test)
    )

    it.effect("a database of something else, and adds nothing to it", () =>
      Effect.gen(function* () {
        const { path, plan } = yield* place()
        yield* raw(path, "CREATE TABLE notes (text TEXT)")
        assert.deepStrictEqual(yield* refusals(plan), ["unreadable", "unreadable"])
        assert.deepStrictEqual(yield* raw(path, "SELECT name FROM sqlite_master"), [[{ name: "notes" }]])
      }).pipe(Effect.scoped, test)
    )

    it.effect("a folder, and a folder that is not there", () =>
      Effect.gen(function* () {
        const { fs, path, plan } = yield* place()
        yield* fs.makeDirectory(path)
        assert.deepStrictEqual(yield* refusals(plan), ["unavailable", "unavailable"])
        const nowhere = { ...plan, path: `${path}/no/plan.jsonl` }
        assert.deepStrictEqual(yield* refusals(nowhere), ["unavailable", "missing"])
      }).pipe(Effect.scoped, test)
    )

    const isRoot = process.getuid?.() === 0
    it.effect.skipIf(isRoot)(
      isRoot
        ? "a file or folder that may not be written (not as root, who may)"
        : "a file or folder that may not be written",
      () =>
        Effect.gen(function* () {
          const { folder, fs, path, plan } = yield* place()
          yield* fs.chmod(folder, 0o500)
          assert.deepStrictEqual(yield* refusals(plan), ["unavailable", "missing"])
          yield* fs.chmod(folder, 0o700)
          yield* Effect.provide(Effect.void, LedgerFile.layer(plan, "a test"))
          yield* fs.chmod(path, 0o400)
          assert.deepStrictEqual((yield* refusals(plan))[0], "unavailable")
        }).pipe(Effect.scoped, test)
    )

    it.effect("that of another plan", () =>
      Effect.gen(function* () {
        const { plan } = yield* place()
        yield* Effect.provide(Effect.void, LedgerFile.layer(plan, "a test"))
        const other = { ...planOf(idsOf(2)), path: plan.path }
        const refused = yield* refusalOf(Effect.provide(Effect.void, LedgerFile.layer(other, "a test")))
        assert.strictEqual(refused?.problem, "other-plan")
      }).pipe(Effect.scoped, test)
    )
  })

  it.effect("clears away a beginning that was cut off, and a journal that has outlived its ledger", () =>
    Effect.gen(function* () {
      const { folder, fs, path, plan } = yield* place()
      yield* fs.writeFileString(`${path}-draft`, "half")
      yield* fs.writeFileString(`${path}-draft-journal`, "half")
      yield* fs.writeFileString(`${path}-journal`, "of another")
      yield* Effect.provide(truth, LedgerFile.layer(plan, "a test"))
      assert.deepStrictEqual(
        (yield* fs.readDirectory(folder)).filter((name) => name.includes("draft")),
        []
      )
    }).pipe(Effect.scoped, test)
  )

  it.effect("leaves nothing behind where it cannot begin", () =>
    Effect.gen(function* () {
      const { folder, fs, plan } = yield* place()
      const short = { ...plan, entries: Stream.take(plan.entries, 1) }
      assert.isDefined(yield* refusalOf(Effect.provide(Effect.void, LedgerFile.layer(short, "a test"))))
      assert.deepStrictEqual(
        (yield* fs.readDirectory(folder)).filter((name) => !name.includes("-lock")),
        []
      )
    }).pipe(Effect.scoped, test)
  )

  describe("damaged", () => {
    /** A ledger in a file that is as small as can be. */
    const small = Effect.fnUntraced(function* () {
      const it = yield* place()
      yield* Effect.provide(
        append(
          begun,
          intent(1),
          outcome(1),
          intent(2),
          outcome(2, unknown),
          intent(2),
          outcome(2, absent),
          reading(1, "absent"),
          ended
        ),
        LedgerFile.layer(it.plan, "a test")
      )
      yield* raw(it.path, "PRAGMA page_size = 512", "VACUUM")
      const bytes = yield* it.fs.readFile(it.path)
      const original = yield* Effect.provide(truth, LedgerFile.layerAttached(it.plan.path))
      return { ...it, bytes, original }
    })

    /** Refused, or exactly one of the truths there were. */
    const check = Effect.fnUntraced(function* (
      { fs, path, plan }: { fs: FileSystem.FileSystem; path: string; plan: ReturnType<typeof planOf> },
      files: Readonly<Record<string, Uint8Array>>,
      truths: ReadonlyArray<string>,
      what: string
    ) {
      for (const [suffix, bytes] of Object.entries(files)) yield* fs.writeFile(`${path}${suffix}`, bytes)
      const exit = yield* Effect.exit(Effect.provide(truth, LedgerFile.layerAttached(plan.path)))
      if (Exit.isSuccess(exit)) {
        assert.include(truths, exit.value, what)
        return "well"
      }
      const error = Cause.squash(exit.cause)
      if (!(error instanceof LedgerError)) return yield* Effect.die(new Error(`${what}: ${Cause.pretty(exit.cause)}`))
      return error.problem
    })

    /** Some places of so many, from one to the next so many bytes on; with `DAMAGE=all`, each of them. */
    const sample = (length: number, step: number) =>
      Array.from({ length }, (_, index) => index).filter(
        (index) => index < 128 || index % step === 0 || process.env["DAMAGE"] === "all"
      )

    const tally = (said: ReadonlyArray<string>) => {
      const counts: Record<string, number> = {}
      for (const what of said) counts[what] = (counts[what] ?? 0) + 1
      return counts
    }

    it.effect(
      "by being cut off anywhere, it is refused",
      () =>
        Effect.gen(function* () {
          const it = yield* small()
          const lengths = sample(it.bytes.length, 7)
          const said = yield* Effect.forEach(lengths, (length) =>
            check(it, { "": it.bytes.subarray(0, length), "-journal": new Uint8Array() }, [], `cut off at ${length}`)
          )
          assert.notProperty(tally(said), "well")
        }).pipe(Effect.scoped, test),
      600_000
    )

    it.effect(
      "in any of its bytes, it is refused, or says what it said before",
      () =>
        Effect.gen(function* () {
          const it = yield* small()
          const places = sample(it.bytes.length, 5)
          const said = yield* Effect.forEach(places, (index) => {
            const bytes = Uint8Array.from(it.bytes)
            bytes[index] = (bytes[index] ?? 0) ^ (index % 2 === 0 ? 0xff : 1)
            return check(it, { "": bytes, "-journal": new Uint8Array() }, [it.original], `byte ${index}`)
          })
          assert.containsAllKeys(tally(said), ["well", "altered", "unreadable"])
        }).pipe(Effect.scoped, test),
      600_000
    )

    it.effect(
      "in the journal of a commit that was cut off, it is refused, or as it was before",
      () =>
        Effect.gen(function* () {
          const it = yield* small()
          // As much of a transaction as a process has done that is killed then.
          const half = yield* Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            yield* sql.unsafe("PRAGMA cache_size = 1")
            yield* sql.unsafe("BEGIN IMMEDIATE")
            yield* sql.unsafe("UPDATE requests SET message = 'changed' || hex(zeroblob(300)), final = 0")
            yield* sql.unsafe("UPDATE entries SET body = body || ' '")
            const files = {
              "": yield* it.fs.readFile(it.path),
              "-journal": yield* it.fs.readFile(`${it.path}-journal`)
            }
            yield* sql.unsafe("ROLLBACK")
            return files
          }).pipe(Effect.provide(over(it.path)))
          const journal = half["-journal"]
          assert.notDeepEqual(half[""], it.bytes)
          assert.strictEqual(yield* check(it, half, [it.original], "untouched"), "well")
          assert.notStrictEqual(yield* check(it, { ...half, "-journal": new Uint8Array() }, [], "gone"), "well")

          const said: Array<string> = []
          for (const index of sample(journal.length, 29)) {
            const bytes = Uint8Array.from(journal)
            bytes[index] = (bytes[index] ?? 0) ^ (index % 2 === 0 ? 0xff : 1)
            said.push(yield* check(it, { ...half, "-journal": bytes }, [it.original], `byte ${index}`))
            if (index % 2 > 0) continue
            const cut = journal.subarray(0, index)
            said.push(yield* check(it, { ...half, "-journal": cut }, [it.original], `cut off at ${index}`))
          }
          assert.containsAllKeys(tally(said), ["well", "altered", "unreadable"])
        }).pipe(Effect.scoped, test),
      600_000
    )
  })
})

const idsOfChild = (count: number) => Array.from({ length: count }, (_, index) => `s${String(index).padStart(4, "0")}`)

const program = fileURLToPath(new URL("support/holder.ts", import.meta.url))

const start = (...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const command = "Deno" in globalThis ? ["run", "--allow-all", program] : [program]
      return spawn(process.execPath, [...command, ...args], { stdio: ["ignore", "pipe", "inherit"] })
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

/** Waits until the child has said so much that a text is in it, line by line. */
const said = (child: ChildProcess, text: string) =>
  Effect.callback<void>((resume) => {
    let output = ""
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk
      if (output.includes(text)) resume(Effect.void)
    })
    child.on("exit", (code) => resume(Effect.die(new Error(`The child has ended with ${code}: ${output}`))))
  })

const killed = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    child.on("close", () => resume(Effect.void))
    child.kill("SIGKILL")
  })
