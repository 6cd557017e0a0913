/** JSON as `jq -c` writes it too, so that what `jq` prints has the same hash. */
export const toJson = (value: unknown): string => JSON.stringify(value, wellFormed).replaceAll("\x7f", "\\u007f")

const wellFormed = (_: string, value: unknown) => (typeof value === "string" ? value.toWellFormed() : value)
