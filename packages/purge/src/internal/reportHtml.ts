/**
 * A report as one HTML page: what is above the list of exceptions, the list, and what is below it.
 */
import { Stream } from "effect"
import type { Report } from "../Report.ts"
import type { Exception, Summary } from "../ReportSchema.ts"
import { chart, definitions, key, parts } from "./reportChart.ts"
import { css } from "./reportStyle.ts"
import * as Words from "./reportWords.ts"
import { Markup, markup } from "./visible.ts"

export const html = <E, R>(report: Report<E, R>, rows: number): Stream.Stream<string, E, R> => {
  const list = Stream.mapAccumArray(
    report.exceptions,
    () => 0,
    (listed: number, chunk) => {
      const shown = chunk.slice(0, Math.max(0, rows - listed)).map(row)
      const before = listed === 0 && shown.length > 0 ? [listStart] : []
      return [listed + chunk.length, [[...before, ...shown].map(({ text }) => text).join("")]]
    },
    { onHalt: (listed) => [end(report, listed, rows).text] }
  )
  return Stream.concat(Stream.make(start(report, rows).text), list)
}

const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

const start = (report: Summary, rows: number): Markup => {
  const [headline, ...others] = Words.verdict(report)
  const { run } = report
  const expected = Words.expected(report)
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Purge report: ${headline}</title>
<style>${new Markup(css)}</style>
</head>
<body>
${definitions}
<header>
<p class="over">Purge report, ${Words.time(report.generatedAt)}</p>
<h1>${headline}</h1>
${others.length === 0 ? undefined : markup`<p class="lead">${others.join(" ")}</p>`}
${problems(Words.problems(report))}
</header>
<main>
<section aria-labelledby="outcomes">
<h2 id="outcomes">What became of the sessions</h2>
${parts(report.counts)}
${outcomeTable(report)}
<p class="sum">${Words.sumRule(report)}</p>
</section>
<div class="pair">${dispositionTable(report)}${readingTable(report)}${errorTable(report)}</div>
<section aria-labelledby="time">
<h2 id="time">Over time</h2>
${chart(report.timeline)}
</section>
<div class="pair">
<section aria-labelledby="run">
<h2 id="run">Run</h2>
${pairs([
  ["state", run.state],
  ["time", Words.period(run.startedAt, run.finishedAt) ?? "none on record"],
  ...(run.reason === undefined ? [] : [["reason", run.reason] as const]),
  ...Words.waits(report)
])}
</section>
<section aria-labelledby="evidence">
<h2 id="evidence">Plan and ledger</h2>
${pairs([
  ["selection", report.plan.selection],
  ["sessions", `${Words.number(report.plan.count)} planned, ${Words.number(report.plan.kept)} kept`],
  ["base URL", report.plan.baseUrl],
  ["selected at", Words.time(report.plan.selectedAt)],
  ["digest of the plan", code(report.plan.digest)],
  [
    "ledger",
    `${Words.number(report.ledger.entries)} entries, ${report.ledger.verified ? "its hashes verified" : "not verified"}`
  ],
  ["hash of its last entry", code(report.ledger.head)]
])}
</section>
</div>
<section aria-labelledby="list">
<h2 id="list">${Words.listTitle}</h2>
<p>${Words.listLead}</p>
${expected > rows ? markup`<p>By the counts they are ${Words.number(expected)}. This page lists the first ${Words.number(rows)}; the JSON report has all of them.</p>` : undefined}
`
}

const end = (report: Summary, listed: number, rows: number): Markup => {
  const more = Words.more(listed, rows)
  const late = Words.allProblems(report, listed).slice(Words.problems(report).length)
  return markup`${Math.min(listed, rows) > 0 ? listEnd : undefined}
${listed === 0 ? markup`<p>There are none.</p>` : undefined}
${more === undefined ? undefined : markup`<p><strong>${more}</strong></p>`}
${problems(late)}
</section>
</main>
<footer><p>Written by @powerdrill-sessions/purge. All times are UTC. The page loads nothing and runs nothing.</p></footer>
</body>
</html>
`
}

const problems = (sentences: ReadonlyArray<string>): Markup | undefined =>
  sentences.length === 0
    ? undefined
    : markup`<div class="problems"><p>Do not rely on this report as it stands.</p><ul>${sentences.map(
        (sentence) => markup`<li>${sentence}</li>`
      )}</ul></div>`

const outcomeTable = ({ counts }: Summary): Markup => markup`<table>
<caption>Each session of the plan is counted once.</caption>
<thead><tr><th scope="col">Outcome</th><th scope="col" class="n">Sessions</th><th scope="col" class="n">Share</th></tr></thead>
<tbody>
${Words.outcomes.map(
  (outcome) =>
    markup`<tr><th scope="row">${key(outcome.key)}<span class="name">${outcome.name}</span><span class="meaning">${outcome.meaning}</span></th>${numbers(counts[outcome.key], counts.planned)}</tr>
`
)}</tbody>
<tfoot><tr><th scope="row">planned</th>${numbers(counts.planned, counts.planned)}</tr></tfoot>
</table>`

const numbers = (count: number, whole: number): Markup => {
  const zero = new Markup(count === 0 ? " zero" : "")
  return markup`<td class="n${zero}">${Words.number(count)}</td><td class="n${zero}">${Words.share(count, whole)}</td>`
}

const dispositionTable = ({ counts }: Summary): Markup | undefined =>
  countTable(
    "dispositions",
    "How the deleted ones are known to be gone",
    "By disposition; they add up to the deleted ones.",
    "Disposition",
    Words.dispositions.map(({ key, meaning }) => ({ name: key, meaning, count: counts.byDisposition[key] }))
  )

const readingTable = ({ readings }: Summary): Markup | undefined =>
  readings &&
  countTable(
    "readings",
    "Read afterwards",
    "The deleted ones, by what was found last.",
    "Reading",
    Words.readings.map(({ key, meaning, name }) => ({ name, meaning, count: readings[key] }))
  )

const errorTable = ({ counts }: Summary): Markup | undefined =>
  countTable(
    "errors",
    "Errors",
    "The error each session ended with.",
    "Error",
    Object.entries(counts.byError)
      .map(([name, count]) => ({ name, meaning: undefined, count }))
      .toSorted((one, other) => other.count - one.count)
  )

interface Counted {
  readonly name: string
  readonly meaning: string | undefined
  readonly count: number
}

/** Nothing where nothing was counted. */
const countTable = (
  id: string,
  title: string,
  caption: string,
  column: string,
  rows: ReadonlyArray<Counted>
): Markup | undefined =>
  Words.sum(rows.map(({ count }) => count)) === 0
    ? undefined
    : markup`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
<table><caption>${caption}</caption>
<thead><tr><th scope="col">${column}</th><th scope="col" class="n">Sessions</th></tr></thead>
<tbody>${rows
        .filter(({ count }) => count > 0)
        .map(
          ({ count, meaning, name }) =>
            markup`<tr><th scope="row"><span class="name">${name}</span>${meaning && markup`<span class="meaning">${meaning}</span>`}</th><td class="n">${Words.number(count)}</td></tr>`
        )}</tbody></table></section>`

const pairs = (entries: ReadonlyArray<readonly [name: string, value: string | Markup]>): Markup =>
  markup`<dl>${entries.map(([name, value]) => markup`<dt>${name}</dt><dd class="value">${value}</dd>`)}</dl>`

const code = (text: string): Markup => markup`<code>${text}</code>`

// Roles, since a table that is laid out as blocks on a phone is no table to some browsers.
const listStart = markup`<table class="list" role="table">
<caption>Outcome, and what is known of it.</caption>
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Session and user</th><th scope="col" role="columnheader">Outcome</th><th scope="col" role="columnheader">What is known</th><th scope="col" role="columnheader">Requests</th></tr></thead>
<tbody role="rowgroup">
`

const listEnd = markup`</tbody></table>`

const row = (exception: Exception): Markup => {
  const outcome = Words.outcomeKey(exception.outcome)
  return markup`<tr role="row"><th scope="row" role="rowheader"><span class="id">${exception.sessionId}</span><span class="meaning">of user <span class="id">${exception.userId}</span>, number ${Words.number(exception.n)} of the plan</span></th><td role="cell"><span class="name">${key(outcome)}${exception.outcome.replace("-", " ")}</span></td><td role="cell">${
    exception.error === undefined ? undefined : markup`<span class="name value">${exception.error}</span><br>`
  }<span class="value">${exception.message}</span></td><td role="cell"><ul class="facts" role="list">${Words.facts(
    exception
  ).map(([name, value]) => markup`<li><span>${name}</span> <bdi>${value}</bdi></li>`)}</ul></td></tr>
`
}
