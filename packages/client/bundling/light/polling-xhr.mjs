// The engine polls with fetch, in a class of its own.
export class XHR {}
