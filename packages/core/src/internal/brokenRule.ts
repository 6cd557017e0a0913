/**
 * Which field of a request breaks which rule, in the words of the rules themselves.
 */
import { Predicate, type Schema, SchemaIssue } from "effect"

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

/** `types` says what the fields that are no text must be. */
export const brokenRule = (
  { issue }: Schema.SchemaError,
  types: Readonly<Record<string, string>> = {}
): { readonly field: string; readonly rule: string } => {
  const [broken] = formatIssue(issue).issues
  const field = broken?.path?.[0]
  if (!Predicate.isString(field)) return { field: "request", rule: "must be an object" }
  return {
    field,
    rule: broken?.message.startsWith("must") === true ? broken.message : (types[field] ?? "must be a string")
  }
}
