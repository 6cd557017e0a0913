/**
 * What is said about a session that is listed: an object for programs, a row of a table for people.
 *
 * @since 0.1.0
 */
import type { SessionSummary } from "@powerdrill-sessions/core"
import { printable } from "./Line.ts"

/**
 * A line of the output of `--json`. Every field is there in every object; what is not known is `null`.
 *
 * @since 0.1.0
 */
export const toJson = (session: SessionSummary): string =>
  harmless(
    JSON.stringify({
      sessionId: session.id,
      title: session.title ?? null,
      userId: session.userId ?? null,
      agentId: session.agentId ?? null,
      jobMode: session.jobMode ?? null,
      languageType: session.languageType ?? null,
      maxMessagesInContext: session.maxMessagesInContext ?? null
    })
  )

/**
 * The rows of a table: ids in the first column, titles in the second.
 *
 * @since 0.1.0
 */
export const toTable = (sessions: ReadonlyArray<SessionSummary>): ReadonlyArray<string> => {
  const ids = sessions.map(({ id }) => printable(id))
  const width = Math.min(
    widest,
    ids.reduce((width, id) => Math.max(width, id.length), 0)
  )
  return sessions.map(({ title = "" }, index) => {
    const shown = cut(harmless(title))
    const id = ids[index] ?? ""
    return shown === "" ? id : `${id.padEnd(width)}  ${shown}`
  })
}

/** Of the first column: an id can be as long as its server likes. */
const widest = 40

/** Of a title, in characters. */
const longest = 100

const cut = (text: string): string => {
  const characters = Array.from(text)
  return characters.length > longest ? `${characters.slice(0, longest - 1).join("")}…` : text
}

/**
 * Text whose control and bidirectional formatting characters are escaped, as JSON escapes them: it can neither drive a
 * terminal nor disguise itself, nor break its line.
 */
const harmless = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
