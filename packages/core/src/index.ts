/**
 * @since 0.1.0
 */
export * from "./BoundedResponse.ts"
export * from "./DeleteRequest.ts"
export * as FetchTransport from "./FetchTransport.ts"
export * from "./PlainRequest.ts"
export * from "./Plugin.ts"
export * from "./PowerdrillConfig.ts"
export * from "./RateBudget.ts"
export * from "./ReadFailed.ts"
export * from "./Receipt.ts"
export * from "./RetryPolicy.ts"
export * from "./Sessions.ts"
export * from "./SessionsError.ts"
export * from "./SessionSummary.ts"
