/**
 * Globs over titles: `*` is any text, `?` one character, and a backslash takes the next one as it is. A title is no path,
 * so that neither `/` nor a dot in front is special, unlike in the globs of `effect`.
 */
import { Result } from "effect"

type Token = string | typeof any | typeof one

const any = Symbol("*")
const one = Symbol("?")

/** Takes time in proportion to the lengths of glob and title multiplied, whatever they are. */
export const compile = (glob: string): Result.Result<(title: string) => boolean, string> => {
  const tokens: Array<Token> = []
  let escaped = false
  for (const character of glob) {
    if (!escaped && character === "\\") {
      escaped = true
      continue
    }
    if (!escaped && /[[\]{}]/.test(character)) {
      return Result.fail(`it has ${character}, which means nothing here; write \\${character} for the character`)
    }
    tokens.push(escaped ? character : character === "*" ? any : character === "?" ? one : character)
    escaped = false
  }
  if (escaped) return Result.fail("it ends with a backslash; write two for the character")
  if (tokens.length === 0) return Result.fail("it is empty")
  return Result.succeed((title) => matches(tokens, Array.from(title)))
}

/** Only the last star has ever to be tried again: what an earlier one took does not change what can follow. */
const matches = (tokens: ReadonlyArray<Token>, title: ReadonlyArray<string>): boolean => {
  let [token, at] = [0, 0]
  let star: { readonly token: number; at: number } | undefined
  while (at < title.length) {
    const expected = tokens[token]
    if (expected === any) {
      star = { token: ++token, at }
    } else if (expected === one || (expected !== undefined && expected === title[at])) {
      token++
      at++
    } else if (star !== undefined) {
      token = star.token
      at = ++star.at
    } else {
      return false
    }
  }
  return tokens.slice(token).every((rest) => rest === any)
}
