// `npm run hooks`: what hooks do to a delete, ours and others', and whether what its caller is told is true. Every library
// meets every situation with a session and a server of its own, over sockets. The table goes into docs/hooks.md. Fails
// if one of ours is not true.
import { Emulator } from "@powerdrill-sessions/emulator"
import { Effect, Option, Record, Schema } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { beforeAfterHook } from "./BeforeAfterHook.ts"
import { betterAuthHooks } from "./BetterAuth.ts"
import { got } from "./Got.ts"
import { ky } from "./Ky.ts"
import { type Library, type Play, shows, type Told } from "./Library.ts"
import { openapiFetch } from "./OpenapiFetch.ts"
import { powerdrillSessions } from "./PowerdrillSessions.ts"
import { type Ending, type Situation, type SituationKey, situations, type Verdict } from "./Situation.ts"

const libraries = [beforeAfterHook, ky, got, openapiFetch, betterAuthHooks, powerdrillSessions]
const timeoutMillis = 500

const perform = Effect.fnUntraced(function* (situation: Situation, play: Play) {
  const { patienceMillis = 2_000 } = situation
  const { apiKey, baseUrl, userId, ...server } = yield* Emulator.make({ port: 0, faults: situation.faults })
  const { id } = yield* server.create({ userId })
  const caller = yield* Effect.acquireRelease(
    Effect.sync(() => new AbortController()),
    (caller) => Effect.sync(() => caller.abort())
  )
  let observed = 0
  let sawKey = false
  let isGone: (() => boolean) | undefined
  const stage = {
    url: `${baseUrl}/v1/team/sessions/${encodeURIComponent(id)}?userId=${encodeURIComponent(userId)}`,
    headers: { "x-pd-api-key": apiKey },
    baseUrl,
    apiKey,
    userId,
    sessionId: id,
    timeoutMillis,
    deadlineMillis: patienceMillis / 2,
    signal: caller.signal,
    observe: () => void observed++,
    look: (...given: ReadonlyArray<unknown>) => void (sawKey ||= shows(given, apiKey)),
    insteadOfSession: (probe: () => boolean) => void (isGone = probe)
  }
  if (situation.abandoned) {
    const arrived = Effect.map(server.requests, (requests) => requests.length > 0)
    yield* Effect.forkScoped(
      Effect.andThen(
        Effect.repeat(Effect.delay(arrived, "20 millis"), { until: (arrived) => arrived }),
        Effect.sync(() => caller.abort())
      )
    )
  }
  const told = yield* Effect.timeoutOption(
    Effect.promise(() => play(stage)),
    patienceMillis
  )
  const { commits, requests } = yield* server.oracle
  return {
    told: Option.getOrUndefined(told),
    gone: isGone?.() ?? commits.some(({ sessionId }) => sessionId === id),
    requests: isGone === undefined ? requests.map(({ at }) => at) : undefined,
    observed,
    sawKey
  } satisfies Ending
}, Effect.scoped)

interface Trial {
  readonly library: Library
  readonly key: SituationKey
  readonly verdict: Verdict | "none"
  readonly text: string
}

const attempt = Effect.fnUntraced(function* (key: SituationKey, library: Library) {
  const situation: Situation = situations[key]
  const play = library.plays[key]
  if (typeof play === "string") return { library, key, verdict: "none", text: `– ${play}` } satisfies Trial
  const ending = yield* perform(situation, play)
  const verdict = situation.judge(ending)
  return { library, key, verdict, text: describe(situation, ending, verdict) } satisfies Trial
})

const sign: Record<Verdict, string> = { true: "✓", open: "?", false: "✗" }

const words: Record<Told["says"], string> = {
  deleted: "deleted",
  "not-deleted": "not deleted",
  unknown: "not known",
  failed: "failed"
}

const describe = ({ remark }: Situation, ending: Ending, verdict: Verdict): string => {
  const { gone, requests, told } = ending
  const error = told?.error === undefined ? "" : ` (\`${told.error}\`)`
  const parts = [
    told === undefined ? "no answer" : `${words[told.says]}${error}`,
    gone ? "it is gone" : "it is there",
    ...(requests === undefined ? [] : [`${requests.length} sent`]),
    ...(remark === undefined ? [] : [`**${remark(ending)}**`])
  ]
  return `${sign[verdict]} ${parts.join("; ")}`
}

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string | number>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const decodeVersion = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Struct({ version: Schema.String })))

const versionOf = (name: string): string => {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return `${name} ${decodeVersion(readFileSync(file, "utf8")).version}`
}

const report = (trials: ReadonlyArray<Trial>): string => {
  const summary = libraries.map((library) => {
    const own = trials.filter((trial) => trial.library === library)
    const count = (verdict: Trial["verdict"]) => own.filter((trial) => trial.verdict === verdict).length
    return [library.name, count("true"), count("open"), count("false"), count("none")]
  })
  const rows = Record.toEntries(situations).map(([key, { name }]) => [
    name,
    ...trials.filter((trial) => trial.key === key).map(({ text }) => text)
  ])
  return [
    table(["hooks of", "✓", "?", "✗", "–"], summary),
    table(["situation", ...libraries.map(({ name }) => name)], rows),
    `Node ${process.versions.node}, ${libraries.flatMap(({ packages }) => packages.map(versionOf)).join(", ")}.`
  ].join("\n\n")
}

const document = new URL("../../../docs/hooks.md", import.meta.url)

const program = Effect.gen(function* () {
  // One situation after the other: a busy machine must not look like a hook that hangs.
  const trials = (yield* Effect.forEach(Record.keys(situations), (key) =>
    Effect.forEach(libraries, (library) => attempt(key, library), { concurrency: 2 })
  )).flat()
  const tables = report(trials)
  const text = readFileSync(document, "utf8")
  writeFileSync(
    document,
    text.replace(/(?<=<!-- tables -->)[^]*(?=<!-- \/tables -->)/, () => `\n\n${tables}\n\n`)
  )
  console.log(tables)
  const ours = trials.filter(({ library, verdict }) => library === powerdrillSessions && verdict === "false")
  for (const { key } of ours) console.error(`Not true of this library: ${situations[key].name}`)
  if (ours.length > 0) process.exitCode = 1
})

await Effect.runPromise(program)
