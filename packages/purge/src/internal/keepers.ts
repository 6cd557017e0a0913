/**
 * What keeps a session from being chosen: rules about ids, as of core's `protect`, and rules about titles.
 */
import { protection, protectionOfFile, type ProtectRule } from "@powerdrill-sessions/core/plugins"
import { Predicate, Result } from "effect"
import { quote } from "./quote.ts"
import { conditions, type Fault, type TitleRule } from "./titleRule.ts"

/** Why a session is kept, if it is. */
export type Keeper = (session: { readonly id: string; readonly title?: string | undefined }) => string | undefined

export interface KeepTitle extends TitleRule {
  readonly because?: string | undefined
}

export const ofRule = (
  rule: ProtectRule | KeepTitle,
  at: number,
  titlesAreKnown: boolean
): Result.Result<Keeper, Fault> => {
  if (!isAboutTitles(rule)) {
    return Result.mapBoth(protection([rule]), {
      onFailure: () => ({ field: "keep", at, reason: "it is no id, no pattern, and no rule about titles" }),
      onSuccess:
        (reasonFor): Keeper =>
        ({ id }) =>
          reasonFor(id)
    })
  }
  if (!titlesAreKnown) {
    const reason = "it is about titles, which nobody knows of sessions named by id; name the ids to keep"
    return Result.fail({ field: "keep", at, reason })
  }
  return Result.mapBoth(conditions(rule), {
    onFailure: ({ field, reason, value }): Fault => ({ field: `keep, ${field}`, at, value, reason }),
    onSuccess: (all): Keeper => {
      const because = rule.because === undefined ? "" : `: ${quote(rule.because)}`
      const reason = `it is kept by its title, one ${all.map(({ words }) => words).join(" and ")}${because}`
      return ({ title }) => (title !== undefined && all.every(({ holds }) => holds(title)) ? reason : undefined)
    }
  })
}

export const ofFile = (file: { readonly path: string; readonly text: string }): Result.Result<Keeper, Fault> =>
  Result.mapBoth(protectionOfFile(file.path, file.text), {
    onFailure: ({ atLine, message }) => ({ field: "keepFiles", at: atLine, value: file.path, reason: message }),
    onSuccess:
      (reasonFor): Keeper =>
      ({ id }) =>
        reasonFor(id)
  })

const isAboutTitles = (rule: ProtectRule | KeepTitle): rule is KeepTitle =>
  Predicate.hasProperty(rule, "titleContains") ||
  Predicate.hasProperty(rule, "titleGlob") ||
  Predicate.hasProperty(rule, "titleMatches")
