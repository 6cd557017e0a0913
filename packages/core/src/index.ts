/**
 * @since 0.1.0
 */
export * from "./DeleteRequest.ts"
export * as FetchTransport from "./FetchTransport.ts"
export * from "./Plugin.ts"
export * from "./PowerdrillConfig.ts"
export * from "./RateBudget.ts"
export * from "./ReadFailed.ts"
export * from "./Receipt.ts"
export * from "./RetryPolicy.ts"
export * from "./Sessions.ts"
export * from "./SessionsError.ts"
export * from "./SessionSummary.ts"
export * as Transport from "./Transport.ts"
