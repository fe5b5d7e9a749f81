/**
 * The known name that somebody most likely meant: the same but for capitals and joints, or with its unit left out, or a
 * letter or two away. Undefined when none is near. Runs in Node and in browsers.
 */
export function likelyName<Name extends string>(name: string, known: readonly Name[]): Name | undefined;
