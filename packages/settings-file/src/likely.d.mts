/**
 * The known name that was most likely meant: the same but for capitals and joints, or without its unit, or with a letter or
 * two changed. Undefined when none is near. Runs in Node and in browsers.
 */
export function likelyName<Name extends string>(name: string, known: readonly Name[]): Name | undefined;
