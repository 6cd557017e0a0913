/**
 * Rules about titles, checked and made ready to be asked.
 */
import { Predicate, RegExp as Regex, Result } from "effect"
import { quote } from "./quote.ts"
import * as TitleGlob from "./titleGlob.ts"

/** Each that is given must hold. */
export interface TitleRule {
  readonly titleContains?: string | undefined
  readonly titleGlob?: string | undefined
  readonly titleMatches?: string | RegExp | undefined
}

export interface Condition {
  /** To be read after "a title": `like "draft*"`. */
  readonly words: string
  readonly holds: (title: string) => boolean
}

/** An option that cannot be used. */
export interface Fault {
  readonly field: string
  /** Which of several it is, counted from 1. */
  readonly at?: number | undefined
  readonly value?: string | undefined
  readonly reason: string
}

export const conditions = (rule: TitleRule): Result.Result<ReadonlyArray<Condition>, Fault> =>
  Result.all([
    ...(rule.titleContains === undefined ? [] : [contains(rule.titleContains)]),
    ...(rule.titleGlob === undefined ? [] : [like(rule.titleGlob)]),
    ...(rule.titleMatches === undefined ? [] : [matching(rule.titleMatches)])
  ])

const contains = (text: string): Result.Result<Condition, Fault> =>
  text === ""
    ? Result.fail({ field: "titleContains", value: text, reason: "it is empty" })
    : Result.succeed({ words: `with ${quote(text)}`, holds: (title) => title.includes(text) })

const like = (glob: string): Result.Result<Condition, Fault> =>
  Result.mapBoth(TitleGlob.compile(glob), {
    onFailure: (reason): Fault => ({ field: "titleGlob", value: glob, reason }),
    onSuccess: (holds): Condition => ({ words: `like ${quote(glob)}`, holds })
  })

const matching = (pattern: string | RegExp): Result.Result<Condition, Fault> => {
  const fault = (reason: string): Fault => ({ field: "titleMatches", value: String(pattern), reason })
  // `search` begins at the start whatever the flags, and a copy is nobody else's.
  const compiled = Result.try({
    try: () => (Regex.isRegExp(pattern) ? new RegExp(pattern) : new RegExp(pattern, "u")),
    catch: (cause) => fault(Predicate.isError(cause) ? cause.message : "it is no regular expression")
  })
  return Result.flatMap(compiled, (regExp) =>
    regExp.source === "(?:)"
      ? Result.fail(fault("it is empty"))
      : Result.succeed({ words: `matching ${quote(String(regExp))}`, holds: (title) => title.search(regExp) !== -1 })
  )
}
