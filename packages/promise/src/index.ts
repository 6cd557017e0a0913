/**
 * @since 0.1.0
 */
export * from "./Aborted.ts"
export * from "./CallOptions.ts"
export * from "./ClientClosed.ts"
export * from "./Defect.ts"
export * from "./DeleteResult.ts"
export * from "./FailedCall.ts"
export * from "./InvalidConfig.ts"
export * from "./Plugin.ts"
export * from "./Protect.ts"
export * from "./Receipt.ts"
export * from "./Sessions.ts"
export * from "./SessionsError.ts"
export * from "./SessionsOptions.ts"
export * from "./TimeSpan.ts"
