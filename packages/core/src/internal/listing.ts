/**
 * A whole list out of pages by number, while sessions come and go between one page and the next.
 *
 * When one vanishes from a page that was read, those behind it move up, and the first of the next page is on one that was
 * read already: it is passed over. So a list of several pages is read again until two passes agree: the first has shown
 * no session twice, and all that it has shown are still there in the second, in the same order. Then none can have been
 * passed over in the first that was there all the time. A list of one page needs one pass: the server has made it at once.
 *
 * This holds for whatever order the server has, as long as sessions that stay do not change places, and those that vanish
 * do not come back.
 */
import type { SessionSummary } from "../SessionSummary.ts"
import type { Page } from "./page.ts"

/** What follows a page: another one, the end of the list, or why that cannot be known. */
export type Next = "read" | "done" | "no-progress" | "unstable"

export interface Listing {
  /** The page to read. */
  readonly ask: () => { readonly pageNumber: number; readonly pageSize: number }
  /** Takes that page in; `fresh` are the sessions that no page has shown before. */
  readonly take: (page: Page) => { readonly fresh: ReadonlyArray<SessionSummary>; readonly next: Next }
}

/** There is no documented maximum; this is used in practice. A server that gives less is asked for as much as it gives. */
const largestPage = 100

/** How often a list is read from the start before it is given up. */
const mostPasses = 6

/** What one pass has shown, and in which order. */
type Pass = Map<string, number>

export const make = (): Listing => {
  const told = new Set<string>()
  let pageSize = largestPage
  let pageNumber = 1
  let passes = 1
  let before: Pass | undefined
  let pass: Pass = new Map()
  // Whether nothing was shown twice in this pass, and whether its first page said that it is all.
  let isSound = true
  let isWhole = false

  const again = (reason: "no-progress" | "unstable"): Next => {
    if (passes === mostPasses) return reason
    passes++
    pageNumber = 1
    pass = new Map()
    isSound = true
    isWhole = false
    return "read"
  }

  const settle = (): Next => {
    if (isWhole || (before !== undefined && agrees(before, pass))) return "done"
    before = isSound ? pass : undefined
    return again("unstable")
  }

  const next = ({ pageSize: said, records, total }: Page, isNew: boolean): Next => {
    const first = (pageNumber - 1) * pageSize
    const end = first + records.length
    isWhole = pageNumber === 1 ? end === total && pass.size === total : isWhole && !isNew
    // Past the end of the list, unless there should be more.
    if (!isNew) return isWhole || (records.length === 0 && first >= total) ? settle() : again("no-progress")
    const isFull = records.length >= Math.min(pageSize, said ?? 0)
    if (end === total && !isFull) return settle()
    if (pageNumber === 1) pageSize = records.length
    // Pages of another size than that of the first leave gaps.
    else if (records.length < pageSize && end < total) return again("no-progress")
    pageNumber++
    return "read"
  }

  return {
    ask: () => ({ pageNumber, pageSize }),
    take: (page) => {
      const fresh: Array<SessionSummary> = []
      const shown = pass.size
      for (const session of page.records) {
        const { id } = session
        if (pass.has(id)) isSound = false
        else pass.set(id, pass.size)
        if (!told.has(id)) {
          told.add(id)
          fresh.push(session)
        }
      }
      return { fresh, next: next(page, pass.size > shown) }
    }
  }
}

/** Whether all that one pass has shown was there in the next one, in the same order. */
const agrees = (before: Pass, pass: Pass): boolean => {
  let last = -1
  for (const id of before.keys()) {
    const at = pass.get(id)
    if (at === undefined || at <= last) return false
    last = at
  }
  return true
}
