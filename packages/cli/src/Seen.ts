/**
 * What has been decided of the sessions of a plan so far, and what of it may be a mistake.
 *
 * @since 0.1.0
 */
import type { Selection } from "@powerdrill-sessions/purge"
import * as Line from "./Line.ts"

/**
 * How many are shown of those chosen, and of those kept.
 *
 * @since 0.1.0
 */
export const shown = 10

type Kept = Extract<Selection.Decision, { readonly _tag: "Kept" }>

/**
 * @since 0.1.0
 */
export class Seen {
  chosen = 0
  kept = 0
  /** How many are kept for no other reason than that no title rule has chosen them. */
  notChosen = 0
  private hasRuleKept = false
  private readonly byRule: Array<Kept> = []
  private readonly others: Array<Kept> = []
  private readonly unseen: Set<string>
  private readonly selection: Selection.Selection

  constructor(selection: Selection.Selection, keep: ReadonlyArray<string>) {
    this.selection = selection
    this.unseen = new Set(keep)
  }

  add(decision: Selection.Decision): void {
    const { sessionId: id, title } = decision.entry
    this.unseen.delete(id)
    if (decision._tag === "Chosen") {
      this.chosen++
      return
    }
    this.kept++
    const rule = this.selection.keep({ id, title })
    this.hasRuleKept ||= rule !== undefined
    const isKeptByRule = rule === decision.rule
    const { where } = this.selection
    if (rule === undefined && where.some(({ holds }) => title === undefined || !holds(title))) this.notChosen++
    const some = isKeptByRule ? this.byRule : this.others
    if (some.length < shown) some.push(decision)
  }

  /** Those that a rule keeps, then others. */
  get toShow(): ReadonlyArray<Kept> {
    return [...this.byRule, ...this.others].slice(0, shown)
  }

  get warnings(): ReadonlyArray<string> {
    return [
      ...[...this.unseen].map((id) => `--keep ${Line.printable(id)} keeps nothing: no session found has this id.`),
      ...(this.selection.keepRules > 0 && !this.hasRuleKept
        ? ["Nothing is kept by --keep, --keep-file or --keep-title-glob."]
        : []),
      ...(this.chosen > 0
        ? []
        : [
            this.kept === 0
              ? "No session was selected. Is --user-id right?"
              : `No session was selected: all ${this.kept} that were found are kept.`
          ])
    ]
  }
}
