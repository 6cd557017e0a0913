/**
 * A report as text for a terminal: 80 columns, except where an id or a message has no place to break.
 */
import { Stream } from "effect"
import type { Report } from "../Report.ts"
import type { Exception, Summary } from "../ReportSchema.ts"
import * as Words from "./reportWords.ts"
import { plain } from "./visible.ts"

export const text = <E, R>(report: Report<E, R>, rows: number): Stream.Stream<string, E, R> => {
  const list = Stream.mapAccumArray(
    report.exceptions,
    () => 0,
    (listed: number, chunk) => {
      const shown = chunk.slice(0, Math.max(0, rows - listed)).map(row)
      const before = listed === 0 ? ["", heading(Words.listTitle), ...wrap(Words.listLead, "")] : []
      return [listed + chunk.length, [...before, ...shown].map((part) => `${part}\n`)]
    },
    { onHalt: (listed) => end(report, listed, rows) }
  )
  return Stream.concat(Stream.make(summary(report)), list)
}

const summary = (report: Summary): string => {
  const { counts, ledger, plan, readings, run } = report
  const sections = [
    [wrap(plain(Words.verdict(report).join(" ")), "")],
    [Words.problems(report).flatMap((problem) => wrap(`! ${plain(problem)}`, "  "))],
    [
      table(Words.outcomes.map(({ key, name }) => [name, Words.number(counts[key])])),
      [`  ${"─".repeat(nameWidth + countWidth)}`],
      table([["planned", Words.number(counts.planned)]]),
      [""],
      wrap(Words.sumRule(report), "")
    ],
    titled(
      "How the deleted ones are known to be gone",
      Words.dispositions.map(({ key }) => [key, counts.byDisposition[key]])
    ),
    readings === undefined
      ? []
      : titled(
          "Read afterwards",
          Words.readings.map(({ key, name }) => [name, readings[key]])
        ),
    titled("Errors", Object.entries(counts.byError)),
    [[heading("The limit")], Words.waits(report).flatMap(([name, value]) => wrap(`${name}: ${value}`, "  "))],
    [
      [heading("Plan, ledger, run")],
      facts([
        ["plan", plan.selection],
        ["sessions", `${Words.number(plan.count)}, and ${Words.number(plan.kept)} kept`],
        ["of", plan.baseUrl],
        ["selected at", Words.time(plan.selectedAt)],
        ["digest", plan.digest],
        ["ledger", `${Words.number(ledger.entries)} entries, ${ledger.verified ? "verified" : "not verified"}`],
        ["last entry", ledger.head],
        ["run", [run.state, Words.period(run.startedAt, run.finishedAt)].filter(Boolean).join(", ")],
        ["report of", Words.time(report.generatedAt)]
      ])
    ]
  ]
  const blocks = sections.map((lines) => lines.flat()).filter((lines) => lines.length > 0)
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`
}

const row = (exception: Exception): string =>
  [
    "",
    `${exception.outcome.replace("-", " ")}: ${plain(exception.sessionId)}`,
    ...wrap(`of user ${plain(exception.userId)}, number ${exception.n} of the plan`, "  "),
    ...wrap(
      [exception.error, exception.message]
        .filter((part) => part !== undefined)
        .map(plain)
        .join(": "),
      "  "
    ),
    ...wrap(
      Words.facts(exception)
        .map(([name, value]) => `${name} ${plain(value)}`)
        .join(", "),
      "  "
    )
  ].join("\n")

const end = (report: Summary, listed: number, rows: number): ReadonlyArray<string> => {
  const known = Words.problems(report).length
  const last = [
    listed === 0 ? "No session has to be looked at." : Words.more(listed, rows),
    ...Words.allProblems(report, listed)
      .slice(known)
      .map((problem) => `! ${problem}`)
  ]
  return last.flatMap((sentence) => (sentence === undefined ? [] : [`\n${wrap(sentence, "").join("\n")}\n`]))
}

const nameWidth = 24
const countWidth = 12

const table = (rows: ReadonlyArray<readonly [name: string, count: string]>): ReadonlyArray<string> =>
  rows.map(([name, count]) => `  ${plain(name).padEnd(nameWidth)}${count.padStart(countWidth)}`)

const titled = (title: string, counts: ReadonlyArray<readonly [name: string, count: number]>) => {
  const present = counts.filter(([, count]) => count > 0)
  return present.length === 0
    ? []
    : [[heading(title)], table(present.map(([name, count]) => [name, Words.number(count)]))]
}

const heading = (title: string) => `${title}\n${"─".repeat(title.length)}`

const facts = (pairs: ReadonlyArray<readonly [name: string, value: string]>): ReadonlyArray<string> =>
  pairs.flatMap(([name, value]) =>
    wrap(plain(value), " ".repeat(15)).map((line, i) => (i === 0 ? `  ${name.padEnd(13)}${line.trimStart()}` : line))
  )

/** Lines of at most 80 columns, where words allow it. */
const wrap = (sentence: string, margin: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of sentence.split(" ").filter((word) => word !== "")) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length >= 80) lines.push(margin + word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
