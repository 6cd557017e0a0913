/**
 * @since 0.1.0
 */
export * as UndiciTransport from "./UndiciTransport.ts"
