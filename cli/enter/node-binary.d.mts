export function findNode(root: string): string;
export function isRecentEnough(version: string, release: { readonly lts?: string }): boolean;
