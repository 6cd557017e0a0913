/**
 * What a transport need not take apart.
 *
 * @since 0.1.0
 */
import { Option } from "effect"
import type { HttpClientRequest } from "effect/http"

/**
 * Whether a request's URL, its method and its headers are all of it: no body, no parameters beside the URL, no upgrade.
 * Every request of `Sessions` is such a one, and a transport may send it as it is.
 *
 * @category guards
 * @since 0.1.0
 */
export const isPlainRequest = ({ body, hash, headers, urlParams }: HttpClientRequest.HttpClientRequest): boolean =>
  body._tag === "Empty" &&
  urlParams.params.length === 0 &&
  Option.isNone(hash) &&
  headers["upgrade"] === undefined &&
  headers["content-length"] === undefined
