/**
 * @since 0.1.0
 */
export * from "./Approval.ts"
export * from "./Protect.ts"
