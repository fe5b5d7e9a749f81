export const LIGHT_LIBRARIES: readonly { readonly find: RegExp; readonly replacement: string }[];
