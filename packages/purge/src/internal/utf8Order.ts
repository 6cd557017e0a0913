/**
 * The order of text by its bytes in UTF-8, which is also that of its code points, of `LC_ALL=C sort` and of SQLite.
 * JavaScript's own puts what is beyond U+FFFF before U+E000, since its surrogates are smaller.
 */
export const utf8Order = (one: string, other: string): number => {
  if (one === other) return 0
  const length = Math.min(one.length, other.length)
  for (let at = 0; at < length; at++) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)]
    if (a !== b) return rank(a) - rank(b)
  }
  return one.length - other.length
}

const rank = (unit: number) => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit)
