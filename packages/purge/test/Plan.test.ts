/**
 * What is written in a plan, and whether it shows when it is not as it was written.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { SessionId, UserId } from "@powerdrill-sessions/core"
import { Plan, PlanEntry } from "@powerdrill-sessions/purge"
import { DateTime, Deferred, Effect, Fiber, FileSystem, PlatformError, type Scope, Stream } from "effect"
import { createHash } from "node:crypto"

const baseUrl = "https://ai.data.cloud/api"

const entry = (sessionId: string, userId = "tmm-1", title?: string) =>
  new PlanEntry({ sessionId: SessionId.make(sessionId), userId: UserId.make(userId), title })

/** Ids and titles with whatever could be understood differently by somebody. */
const strange = [
  entry("a/../b", "tmm-1", 'with "quotes" and \\ backslashes'),
  entry("%2F", "tmm-1", ""),
  entry("a#b?userId=x", "tmm-1", "line\nbreak, \u0000 nothing, \ud800 half"),
  entry("\u{1f600}", "tmm-1", "\u{1f469}\u200d\u{1f4bb}"),
  entry("\ufb01", "tmm-1", "a ligature: behind the emoji in UTF-16, before it in UTF-8"),
  entry("x\u2028y", "tmm-=", "\u2029"),
  entry('","check":"', "tmm-1", '"}')
]

const write = (
  path: string,
  entries: ReadonlyArray<PlanEntry> = strange,
  options: Partial<Plan.WriteOptions<never, never>> = {}
) => Plan.write(path, { baseUrl, selection: "all that are strange", entries: Stream.fromIterable(entries), ...options })

describe("Plan.write", () => {
  test("writes a header, and a line for each entry", (path) =>
    Effect.gen(function* () {
      const plan = yield* write(path, [entry("b", "tmm-1", "Q3"), entry("a")], { kept: 2 })
      const [header, ...lines] = (yield* read(path)).split("\n")
      assert.match(
        header ?? "",
        /^\{"plan":1,"baseUrl":"https:\/\/ai\.data\.cloud\/api","selectedAt":"1970-01-01T00:00:00\.000Z","selection":"all that are strange","count":2,"kept":2,"digest":"[0-9a-f]{64}","check":"[0-9a-f]{16}"\}$/
      )
      assert.match(lines[0] ?? "", /^\{"n":1,"userId":"tmm-1","sessionId":"a","check":"[0-9a-f]{16}"\}$/)
      assert.match(lines[1] ?? "", /^\{"n":2,"userId":"tmm-1","sessionId":"b","title":"Q3","check":"[0-9a-f]{16}"\}$/)
      assert.deepStrictEqual(lines.slice(2), [""])
      assert.strictEqual(plan.path, path)
      assert.strictEqual(DateTime.toEpochMillis(plan.header.selectedAt), 0)
    }))

  test("what was written is what is read, in the order of UTF-8, each once", (path) =>
    Effect.gen(function* () {
      const written = yield* write(path, [
        ...strange,
        ...strange.map((one) => entry(one.sessionId, one.userId, "again"))
      ])
      const plan = yield* Plan.open(path, { baseUrl })
      assert.deepStrictEqual(plan.header, written.header)
      const entries = yield* Stream.runCollect(plan.entries)
      const bytes = (one: PlanEntry) => Buffer.from(`${one.userId}\0${one.sessionId}`)
      const expected = strange.toSorted((one, other) => Buffer.compare(bytes(one), bytes(other)))
      assert.deepStrictEqual(
        entries.map(({ n, sessionId, title, userId }) => [n, userId, sessionId, title]),
        expected.map(({ sessionId, title, userId }, index) => [index + 1, userId, sessionId, title])
      )
      const ids = entries.map(({ sessionId }) => sessionId)
      assert.isBelow(ids.indexOf(SessionId.make("\ufb01")), ids.indexOf(SessionId.make("\u{1f600}")))
      assert.isTrue(entries.every((one) => one instanceof PlanEntry))
    }))

  test("the digest is that of the list as jq writes it", (path) =>
    Effect.gen(function* () {
      const { header } = yield* write(path)
      const list = (yield* read(path))
        .split("\n")
        .slice(1, -1)
        .map((line) => JSON.parse(line))
        .map(({ sessionId, userId }) => `${JSON.stringify([userId, sessionId])}\n`)
      assert.strictEqual(header.digest, createHash("sha256").update(list.join("")).digest("hex"))
      assert.strictEqual(header.count, list.length)
    }))

  test("has the same digest for the same list, whatever its order", (path) =>
    Effect.gen(function* () {
      const one = yield* write(path)
      const other = yield* write(path, strange.toReversed(), { overwrite: true, selection: "in other words" })
      assert.strictEqual(one.header.digest, other.header.digest)
    }))

  test("a plan of nothing", (path) =>
    Effect.gen(function* () {
      yield* write(path, [])
      const plan = yield* Plan.open(path)
      assert.strictEqual(plan.header.count, 0)
      assert.deepStrictEqual(yield* Stream.runCollect(plan.entries), [])
      assert.strictEqual(plan.header.digest, createHash("sha256").digest("hex"))
      const { atLine, reason } = yield* refused(path, `${yield* read(path)}{"n":1}\n`)
      assert.deepStrictEqual([atLine, reason], [2, "added"])
    }))

  test("asks how many were kept when all have come, and writes the selection on one line", (path) =>
    Effect.gen(function* () {
      let kept = 0
      const entries = Stream.tap(Stream.make(entry("a")), () => Effect.sync(() => (kept = 7)))
      const { header } = yield* write(path, [], {
        entries,
        kept: Effect.sync(() => kept),
        selection: "one\r\ntwo\u2028three"
      })
      assert.strictEqual(header.kept, 7)
      assert.strictEqual(header.selection, "one two three")
      assert.deepStrictEqual((yield* Plan.open(path)).header, header)
    }))

  test("more entries than one piece has", (path) =>
    Effect.gen(function* () {
      const number = 20_000
      const ids = Array.from({ length: number }, (_, index) =>
        entry(`s-${(index * 7919) % number}`, `tmm-${index % 3}`)
      )
      yield* write(path, ids)
      const plan = yield* Plan.open(path)
      const entries = yield* Stream.runCollect(plan.entries)
      assert.strictEqual(new Set(entries.map(({ sessionId }) => sessionId)).size, number)
      assert.strictEqual(entries.at(-1)?.n, number)
      const lines = (yield* read(path)).split("\n")
      const { atLine } = yield* refused(path, lines.toSpliced(15_000, 1).join("\n"))
      assert.strictEqual(atLine, 15_001)
    }))

  test("is for its owner to read", (path) =>
    Effect.gen(function* () {
      yield* write(path)
      const { mode } = yield* FileSystem.FileSystem.use((fs) => fs.stat(path))
      assert.strictEqual(mode & 0o777, 0o600)
    }))

  test("does not write over a file, unless told to", (path) =>
    Effect.gen(function* () {
      yield* put(path, "something")
      const error = yield* Effect.flip(write(path))
      assert.strictEqual(error.reason, "exists")
      assert.match(
        error.message,
        /^The plan ".*" was not written \(there is something .*\)\. Choose another path, or say/
      )
      assert.strictEqual(yield* read(path), "something")
      yield* write(path, strange, { overwrite: true })
      yield* Plan.open(path)
      assert.deepStrictEqual(yield* names(path), ["plan.jsonl"])
    }))

  test("does not write over a file that has come in the meantime", (path) =>
    Effect.gen(function* () {
      const entries = Stream.tap(Stream.make(entry("a")), () => put(path, "of another"))
      const error = yield* Effect.flip(Plan.write(path, { baseUrl, selection: "", entries }))
      assert.strictEqual(error.reason, "exists")
      assert.strictEqual(yield* read(path), "of another")
      assert.deepStrictEqual(yield* names(path), ["plan.jsonl"])
    }))

  test("where there are no links, it is renamed", (path) =>
    Effect.gen(function* () {
      const no = PlatformError.systemError({ module: "FileSystem", method: "link", _tag: "Unknown" })
      yield* withFileSystem(write(path), { link: () => Effect.fail(no) })
      yield* Plan.open(path)
      assert.deepStrictEqual(yield* names(path), ["plan.jsonl"])
    }))

  test("leaves nothing behind when the selecting fails, dies or is interrupted", (path) =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const endings = [Stream.fail("no more"), Stream.die("broken"), Stream.fromEffect(Effect.never)]
      for (const ending of endings) {
        const entries = Stream.make(entry("a")).pipe(
          Stream.concat(Stream.fromEffectDrain(Deferred.succeed(begun, undefined))),
          Stream.concat(ending)
        )
        const fiber = yield* Effect.forkChild(Plan.write(path, { baseUrl, selection: "", entries }))
        yield* Deferred.await(begun)
        if (ending === endings[2]) yield* Fiber.interrupt(fiber)
        assert.strictEqual((yield* Fiber.await(fiber))._tag, "Failure")
        assert.deepStrictEqual(yield* names(path), [])
      }
    }))

  test("leaves nothing behind when the disk is full", (path) =>
    Effect.gen(function* () {
      const cause = new Error("ENOSPC: no space left on device, write")
      const full = PlatformError.systemError({ module: "FileSystem", method: "writeAll", _tag: "Unknown", cause })
      const error = yield* Effect.flip(
        withFileSystem(write(path), (fs) => ({
          open: (path, options) =>
            Effect.map(fs.open(path, options), (file) => ({ ...file, writeAll: () => Effect.fail(full) }))
        }))
      )
      assert.strictEqual(
        error.message,
        `The plan ${JSON.stringify(path)} could not be written (ENOSPC: no space left on device, write). ` +
          "Make room or choose another path, and write it again."
      )
      assert.deepStrictEqual(yield* names(path), [])
    }))

  test("says before anything is selected that a directory is not there", (path) =>
    Effect.gen(function* () {
      const entries = Stream.die("it was selected")
      const error = yield* Effect.flip(write(`${path}/plan.jsonl`, [], { entries }))
      assert.strictEqual(error.reason, "unwritable")
      assert.match(error.message, /ENOENT/)
    }))

  test("refuses an entry that is none", (path) =>
    Effect.gen(function* () {
      const long = yield* Effect.flip(write(path, [entry("a", "tmm-1", "x".repeat(400_000))]))
      assert.strictEqual(long.reason, "invalid-entry")
      assert.match(long.message, /session "a" has too much text/)
      const one = entry("a")
      Object.assign(one, { sessionId: ".." })
      const dots = yield* Effect.flip(write(path, [one]))
      assert.match(dots.message, /was not written: one of its entries cannot be/)
      assert.deepStrictEqual(yield* names(path), [])
    }))
})

describe("Plan.open", () => {
  test("refuses what was edited, taken out, put in, moved, repeated, cut or appended, and names the line", (path) =>
    Effect.gen(function* () {
      yield* write(path)
      const text = yield* read(path)
      const lines = text.split("\n").slice(0, -1)
      const join = (some: ReadonlyArray<string>) => some.map((line) => `${line}\n`).join("")
      const found: Array<readonly [string, number, number]> = []
      const expectLine = Effect.fnUntraced(function* (what: string, changed: string, line: number) {
        const { atLine } = yield* refused(path, changed)
        if (atLine !== line) found.push([what, line, atLine])
      })
      for (const [index, line] of lines.entries()) {
        const at = index + 1
        yield* expectLine("edit", join(lines.with(index, line.replace(/(.)(..)$/, "$1 $2"))), at)
        yield* expectLine("empty", join(lines.with(index, "")), at)
        yield* expectLine("removal", join(lines.toSpliced(index, 1)), at)
        yield* expectLine("insertion", join(lines.toSpliced(index, 0, `{"n":1}`)), at)
        yield* expectLine("duplicate", join(lines.toSpliced(index, 0, line)), at + 1)
        yield* expectLine("cut", join(lines.slice(0, index)), at)
        yield* expectLine("cut in a line", join(lines.slice(0, index)) + line.slice(0, 20), at)
        for (let other = at; other < lines.length; other++) {
          const moved = lines.with(index, lines[other] ?? "").with(other, line)
          yield* expectLine("swap", join(moved), at)
        }
      }
      yield* expectLine("append", join([...lines, lines.at(-1) ?? ""]), lines.length + 1)
      yield* expectLine("append a line break", `${text}\n`, lines.length + 1)
      yield* expectLine("append half a line", `${text}{`, lines.length + 1)
      assert.deepStrictEqual(found, [])
    }))

  test("refuses it whichever byte is another, and names the line", (path) =>
    Effect.gen(function* () {
      yield* write(path)
      const bytes = yield* FileSystem.FileSystem.use((fs) => fs.readFile(path))
      let line = 1
      for (const [at, byte] of bytes.entries()) {
        for (const other of [byte ^ 1, byte ^ 0x80, 10, 13]) {
          if (other === byte) continue
          yield* FileSystem.FileSystem.use((fs) => fs.writeFile(path, bytes.with(at, other)))
          const error = yield* refusal(path)
          if (error.atLine !== line) assert.fail(`byte ${at} is ${other}, in line ${line}: ${error.message}`)
        }
        if (byte === 10) line++
      }
    }))

  test("refuses a header that says something else", (path) =>
    Effect.gen(function* () {
      const { header } = yield* write(path)
      const text = yield* read(path)
      const edits = [
        text.replace(baseUrl, "https://ai.data.cloud/apj"),
        text.replace(`"count":${header.count}`, `"count":${header.count + 1}`),
        text.replace(`"kept":0`, `"kept":1`),
        text.replace(
          header.digest,
          header.digest.replace(/./, (digit) => (digit === "0" ? "1" : "0"))
        ),
        text.replace("all that", "ALL that"),
        text.replace("1970", "1971")
      ]
      for (const edit of edits) {
        const { atLine, message, reason } = yield* refused(path, edit)
        assert.deepStrictEqual([atLine, reason], [1, "altered"])
        assert.match(
          message,
          /is refused, and nothing may be deleted by it: line 1: the header is not as it was written/
        )
      }
    }))

  test("refuses what is not written as a plan is, though its checks are right", (path) =>
    Effect.gen(function* () {
      yield* write(path, [entry("a"), entry("b")])
      const [header = "", ...lines] = (yield* read(path)).split("\n")
      const bodies = lines.slice(0, -1).map((line) => line.replace(/,"check":"\w+"\}$/, "}"))
      const forge = (header: string, bodies: ReadonlyArray<string>) => {
        let before: string | undefined
        return [header.replace(/,"check":"\w+"\}$/, "}"), ...bodies]
          .map((body) => {
            before = createHash("sha256")
              .update(before === undefined ? body : `${before}\n${body}`)
              .digest("hex")
              .slice(0, 16)
            return `${body.slice(0, -1)},"check":"${before}"}\n`
          })
          .join("")
      }
      const [one = "", two = ""] = bodies
      yield* put(path, forge(header, bodies))
      yield* Plan.open(path)
      const forgeries: ReadonlyArray<readonly [line: number, text: string]> = [
        [1, forge(header, [one.replace(`"a"`, `"A"`), two])],
        [1, forge(header.replace(`"kept":0`, `"kept":-1`), bodies)],
        [1, forge(header.replace(`"plan":1,`, `"plan":1,"x":1,`), bodies)],
        [2, forge(header, [one.replace(`"a"`, `"a","sessionId":"c"`), two])],
        [2, forge(header, [one.replace(`"a"`, `".."`), two])],
        [2, forge(header, [one.replace(`"n":1`, `"n":2`), two])],
        [2, forge(header, [one.replace(`"a"`, `"\\u0061"`), two])],
        [3, forge(header, [one, one.replace(`"n":1`, `"n":2`)])],
        [3, forge(header, [one, two.replace(`"b"`, `"A"`)])]
      ]
      for (const [line, text] of forgeries) assert.strictEqual((yield* refused(path, text)).atLine, line)
    }))

  test("says what an editor or a transfer has done to it", (path) =>
    Effect.gen(function* () {
      yield* write(path)
      const text = yield* read(path)
      const crlf = yield* refused(path, text.replaceAll("\n", "\r\n"))
      assert.deepStrictEqual([crlf.atLine, crlf.reason], [1, "converted"])
      assert.match(crlf.message, /line 1: it ends with CR and LF, and was written with LF\. Copy the file again/)
      const mark = yield* refused(path, `\ufeff${text}`)
      assert.deepStrictEqual([mark.atLine, mark.reason], [1, "converted"])
      const end = yield* refused(path, text.slice(0, -1))
      assert.deepStrictEqual([end.atLine, end.reason], [strange.length + 1, "converted"])
      assert.match(end.message, /the line break at its end is not there/)
      yield* FileSystem.FileSystem.use((fs) => fs.writeFile(path, Buffer.from(`\ufeff${text}`, "utf16le")))
      assert.deepStrictEqual([(yield* refusal(path)).atLine, (yield* refusal(path)).reason], [1, "converted"])
    }))

  test("refuses what is no plan, a later version, and a plan for another server", (path) =>
    Effect.gen(function* () {
      for (const text of ["", "\n", "[]", "a\nb\n", `${"x".repeat(3_000_000)}\n`]) {
        const { atLine, reason } = yield* refused(path, text)
        assert.deepStrictEqual([atLine, reason], [1, "not-a-plan"])
      }
      const endless = yield* refused(path, "x".repeat(3_000_000))
      assert.match(endless.message, /longer than any line of a plan/)
      assert.strictEqual((yield* refused(path, `{"plan":2,"x":1}\n`)).reason, "version")
      yield* put(path, "")
      yield* write(path, strange, { overwrite: true })
      const error = yield* Effect.flip(Plan.open(path, { baseUrl: "https://example.org/app/api" }))
      assert.deepStrictEqual([error._tag, error.reason], ["PlanRefused", "base-url"])
      assert.match(error.message, /was made for "https:\/\/ai\.data\.cloud\/api", and not for "https:\/\/example\.org/)
      assert.strictEqual(JSON.parse(JSON.stringify(error)).message, error.message)
    }))

  test("a file that cannot be read is no refusal", (path) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Plan.open(path))
      assert.deepStrictEqual([error._tag, error.reason], ["PlanError", "unreadable"])
      assert.match(error.message, /could not be read \(ENOENT.*\)\. Check the path and its permissions\.$/)
    }))

  test("the entries are checked again as they are read", (path) =>
    Effect.gen(function* () {
      const plan = yield* write(path, [entry("a"), entry("b")])
      const text = yield* read(path)
      const drained = (changed: string) =>
        Effect.andThen(put(path, changed), Effect.flip(Stream.runDrain(plan.entries)))
      const edited = yield* drained(text.replace(`"b"`, `"c"`))
      assert.deepStrictEqual([edited._tag, edited.reason], ["PlanRefused", "altered"])
      assert.strictEqual((yield* drained(text.split("\n").slice(0, 2).join("\n") + "\n")).reason, "missing")
      yield* write(path, [entry("c")], { overwrite: true })
      const other = yield* drained(yield* read(path))
      assert.deepStrictEqual([other._tag, other.reason], ["PlanRefused", "changed"])
    }))
})

const test = (
  name: string,
  body: (path: string) => Effect.Effect<unknown, unknown, FileSystem.FileSystem | Scope.Scope>
) =>
  it.effect(
    name,
    () =>
      FileSystem.FileSystem.use((fs) => fs.makeTempDirectoryScoped()).pipe(
        Effect.flatMap((directory) => body(`${directory}/plan.jsonl`)),
        Effect.scoped,
        Effect.provide(NodeFileSystem.layer)
      ),
    // Some write a file thousands of times.
    60_000
  )

const read = (path: string) => FileSystem.FileSystem.use((fs) => fs.readFileString(path))
const put = (path: string, text: string) => FileSystem.FileSystem.use((fs) => fs.writeFileString(path, text))
const names = (path: string) =>
  FileSystem.FileSystem.use((fs) => fs.readDirectory(path.slice(0, path.lastIndexOf("/"))))

const refusal = (path: string) =>
  Effect.map(Effect.flip(Plan.open(path)), (error) =>
    error._tag === "PlanRefused" ? error : assert.fail(error.message)
  )
const refused = (path: string, text: string) => Effect.andThen(put(path, text), refusal(path))

const withFileSystem = <A, E>(
  effect: Effect.Effect<A, E, FileSystem.FileSystem>,
  change: Partial<FileSystem.FileSystem> | ((fs: FileSystem.FileSystem) => Partial<FileSystem.FileSystem>)
) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.provideService(effect, FileSystem.FileSystem, {
      ...fs,
      ...(typeof change === "function" ? change(fs) : change)
    })
  )
