/** What agrees to a plan, and to no other. */
export const confirmationOf = ({ count, digest }: { readonly count: number; readonly digest: string }): string =>
  `delete ${count} ${digest.slice(0, 8)}`
