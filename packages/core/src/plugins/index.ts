/**
 * Plugins that come with the library.
 *
 * @since 0.1.0
 */
export * from "./Approval.ts"
export * from "./AuditLog.ts"
export * from "./Metrics.ts"
export * from "./Protect.ts"
