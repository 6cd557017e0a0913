/**
 * Text from outside, made harmless: what cannot be seen, or would disguise what can, is shown by its code point.
 */

/**
 * Controls, formatting characters (bidirectional ones, zero-width ones, tags), lone surrogates, line separators, and
 * spaces that only look like one.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu

const codePoint = (character: string) =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`

/**
 * For a terminal, in one line: a character that turns what follows around is `<U+202E>`. What was written like that by
 * itself is told apart.
 */
export const plain = (text: string): string =>
  text.replaceAll("<U+", "<U+003C>U+").replace(unseen, (character) => `<${codePoint(character)}>`)

/** Markup that needs no more escaping. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Text as markup, for content only, not for attributes. */
const escape = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replace(unseen, (character) => `<span class="code-point">${codePoint(character)}</span>`)

type Part = string | number | Markup | undefined | ReadonlyArray<Markup>

const toText = (part: Part): string => {
  if (part === undefined) return ""
  if (part instanceof Markup) return part.text
  if (typeof part === "object") return part.map(({ text }) => text).join("")
  return escape(String(part))
}

/** A template in which all that is not markup already is escaped. */
export const markup = (strings: TemplateStringsArray, ...parts: ReadonlyArray<Part>): Markup =>
  new Markup(strings.reduce((text, string, i) => text + toText(parts[i - 1]) + string))
