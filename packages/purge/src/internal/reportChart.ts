/**
 * The pictures of a report's page: outcomes over time as stacked bars, parts of a whole, and their keys. Widths are in
 * percent and heights in pixels, so that text keeps its size on every screen.
 */
import { DateTime, Duration } from "effect"
import * as Timeline from "../Timeline.ts"
import { type OutcomeKey, number, outcomes, sum, time } from "./reportWords.ts"
import type { Counts } from "../ReportSchema.ts"
import { Markup, markup } from "./visible.ts"

/** What the fills of all pictures refer to: a colour and a pattern of its own for each outcome. */
export const definitions = new Markup(
  `<svg class="defs" aria-hidden="true" focusable="false"><defs>${[
    pattern("deleted", ""),
    pattern("notDeleted", `<path class="paper" d="M-1 5L5 -1M3 9L9 3M-1 1L1 -1M7 9L9 7" stroke-width="1.6"/>`),
    pattern("unknown", `<circle cx="2" cy="2" r="1.3"/><circle cx="6" cy="6" r="1.3"/>`),
    pattern("vetoed", `<path class="paper" d="M0 2H8M0 6H8" stroke-width="1.6"/>`),
    pattern(
      "unprocessed",
      `<path class="paper" d="M0 1H8M0 3H8M0 5H8M0 7H8M1 0V8M3 0V8M5 0V8M7 0V8" stroke-width="1.1"/>`
    )
  ].join("")}</defs></svg>`
)

function pattern(key: OutcomeKey, paper: string): string {
  return `<pattern id="p-${key}" width="8" height="8" patternUnits="userSpaceOnUse" class="${key}"><rect width="8" height="8" fill="currentColor"/>${paper}</pattern>`
}

/** The key of an outcome, to stand before its name. */
export const key = (outcome: OutcomeKey): Markup =>
  new Markup(
    `<svg class="key ${outcome}" aria-hidden="true" focusable="false"><rect width="100%" height="100%" fill="url(#p-${outcome})" stroke="currentColor" stroke-width="2"/></svg>`
  )

/** One bar, of which each outcome takes its share. The table beside it says the same. */
export const parts = (counts: Counts): Markup => {
  const whole = sum(outcomes.map(({ key }) => counts[key]))
  if (whole === 0) return markup``
  let x = 0
  const rects = outcomes.map(({ key }) => {
    const width = (counts[key] / whole) * 100
    const rect =
      width === 0 ? "" : `<rect x="${percent(x)}" width="${percent(width)}" height="100%" fill="url(#p-${key})"/>`
    x += width
    return rect
  })
  return new Markup(`<svg class="parts" aria-hidden="true" focusable="false">${rects.join("")}</svg>`)
}

const ended = outcomes.filter((outcome) => outcome.key !== "unprocessed")

const plotHeight = 200

/** So high is drawn at least what has happened at all. */
const leastHeight = 3

/** So many bars find room at least, lest few ones be broad. */
const leastBars = 24

export const chart = (timeline: Timeline.Timeline): Markup => {
  const { buckets, startsAt, width } = timeline
  if (startsAt === undefined || buckets.length === 0) return markup`<p>No outcome is on record yet.</p>`
  const start = DateTime.toEpochMillis(startsAt)
  const at = (i: number) => DateTime.makeUnsafe(start + i * Duration.toMillis(width))
  const long = Duration.toMillis(width) * Math.max(buckets.length, leastBars) >= 86_400_000
  const clock = (i: number) => (long ? time(at(i), false).slice(5, 16) : time(at(i), false).slice(11))
  const totals = buckets.map((bucket) => sum(Object.values(bucket)))
  const step = niceStep(Math.max(...totals) / 4)
  const top = Math.ceil(Math.max(...totals) / step) * step
  const slots = Math.max(buckets.length, leastBars)
  const height = plotHeight - leastHeight * (ended.length - 1)

  const lines = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => {
    const y = (plotHeight - ((i * step) / top) * height).toFixed(1)
    return `<line x1="0" x2="100%" y1="${y}" y2="${y}"${i === 0 ? ` class="base"` : ""}/><text x="-8" y="${y}" dy=".35em" text-anchor="end">${number(i * step)}</text>`
  })
  const bars = buckets.map((bucket, i) => {
    let y = plotHeight
    const rects = ended.map(({ key }) => {
      if (bucket[key] === 0) return ""
      const tall = Math.max(leastHeight, (bucket[key] / top) * height)
      y -= tall
      return `<rect class="${key}" x="${percent((i / slots) * 100)}" y="${y.toFixed(1)}" width="${percent(84 / slots)}" height="${tall.toFixed(1)}" fill="url(#p-${key})"/>`
    })
    return totals[i] === 0 ? "" : `<g><title>${clock(i)}: ${words(bucket)}</title>${rects.join("")}</g>`
  })
  const marks = [
    { x: 0, anchor: "start" },
    { x: 0.5, anchor: "middle" },
    { x: 1, anchor: "end" }
  ].map(
    ({ anchor, x }) =>
      `<line class="base" x1="${x * 100}%" x2="${x * 100}%" y1="${plotHeight}" y2="${plotHeight + 5}"/><text x="${x * 100}%" y="${plotHeight + 22}" text-anchor="${anchor}">${clock(x * slots)}</text>`
  )
  const wide = Duration.format(width)
  const all = Timeline.total(timeline)
  const summary = `From ${time(startsAt)}, in steps of ${wide}: ${words(all)}. At most ${number(Math.max(...totals))} in one step.`

  return markup`<figure>
<ul class="legend">${ended
    .filter((outcome) => all[outcome.key] > 0)
    .map((outcome) => markup`<li>${key(outcome.key)}${outcome.name}</li>`)}</ul>
<p class="note">Each bar covers ${wide}; times are UTC. What happened at all is drawn at least ${leastHeight} pixels high.</p>
${new Markup(
  `<svg class="chart" role="img" aria-labelledby="chart-title chart-description"><title id="chart-title">Outcomes over time</title><desc id="chart-description">${summary}</desc>${lines.join("")}${bars.join("")}${marks.join("")}</svg>`
)}
<details><summary>The same as a table</summary>
<table><caption>Outcomes in steps of ${wide}, from ${time(startsAt)}; without those in which nothing ended.</caption>
<thead><tr><th scope="col">${long ? "Date and time" : "Time"}</th>${ended.map(({ name }) => markup`<th scope="col" class="n wrap">${name}</th>`)}</tr></thead>
<tbody>${buckets.map((bucket, i) =>
    totals[i] === 0
      ? markup``
      : markup`<tr><th scope="row">${clock(i)}</th>${ended.map(({ key }) => cell(bucket[key]))}</tr>`
  )}</tbody>
<tfoot><tr><th scope="row">total</th>${ended.map(({ key }) => cell(all[key]))}</tr></tfoot></table></details>
</figure>`
}

const cell = (n: number) => markup`<td class="n${new Markup(n === 0 ? " zero" : "")}">${number(n)}</td>`

const words = (bucket: Timeline.Bucket): string =>
  ended
    .filter(({ key }) => bucket[key] > 0)
    .map(({ key, name }) => `${number(bucket[key])} ${name}`)
    .join(", ")

const percent = (n: number) => `${Number(n.toFixed(3))}%`

/** The next of 1, 2, 5, 10, 20, 50, …, that is no smaller. */
const niceStep = (least: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)))
  return ([1, 2, 5].find((digit) => digit * power >= least) ?? 10) * power
}
