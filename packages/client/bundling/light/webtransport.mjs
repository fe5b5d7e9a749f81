// The engine asks for WebSocket and polling only.
export class WT {}
