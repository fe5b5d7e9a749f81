/** What the probe keeps in the page. It only watches: nothing of the product is replaced. */
export interface Probe {
  readonly peers: RTCPeerConnection[];
  readonly tracks: MediaStreamTrack[];
  readonly sockets: WebSocket[];
  /** When `Start Chatting` was pressed last, milliseconds since the epoch. */
  startPressedAt: number | undefined;
  /** When the partner's video showed its second frame since the last press, milliseconds since the epoch. */
  movingAt: number | undefined;
  /** When `Next` was pressed last, milliseconds since the epoch. */
  nextPressedAt: number | undefined;
  /** When the first frame of another partner was shown since then, milliseconds since the epoch. */
  nextFrameAt: number | undefined;
  /** When each decoded frame of the partner's video was shown, milliseconds since the epoch. */
  readonly frames: number[];
  /** Every text the status region has had, in order. */
  readonly statuses: string[];
  /** What the page's Content-Security-Policy has refused: directive and what it was about. */
  readonly violations: string[];
}

declare global {
  interface Window {
    probe: Probe;
  }
}

/** Runs in the page before any of its scripts. Self-contained, because it is sent as text. */
export function installProbe(): void {
  const probe: Probe = {
    peers: [],
    tracks: [],
    sockets: [],
    startPressedAt: undefined,
    movingAt: undefined,
    nextPressedAt: undefined,
    nextFrameAt: undefined,
    frames: [],
    statuses: [],
    violations: [],
  };
  window.probe = probe;
  document.addEventListener("securitypolicyviolation", (event) => {
    probe.violations.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`);
  });

  window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
    construct(target, args, newTarget) {
      const peer = Reflect.construct(target, args, newTarget) as RTCPeerConnection;
      probe.peers.push(peer);
      return peer;
    },
  });
  window.WebSocket = new Proxy(window.WebSocket, {
    construct(target, args, newTarget) {
      const socket = Reflect.construct(target, args, newTarget) as WebSocket;
      probe.sockets.push(socket);
      return socket;
    },
  });
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices) {
    const capture = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints) => {
      const stream = await capture(constraints);
      probe.tracks.push(...stream.getTracks());
      return stream;
    };
  }

  let left: MediaProvider | null | undefined;
  document.addEventListener(
    "click",
    (event) => {
      const pressed = (event.target as Element).closest("button")?.textContent?.trim();
      if (pressed === "Next") {
        left = document.querySelector<HTMLVideoElement>('[aria-label="Partner\'s video"]')?.srcObject;
        probe.nextPressedAt = Date.now();
        probe.nextFrameAt = undefined;
      }
      if (pressed === "Start Chatting") {
        probe.startPressedAt = Date.now();
        probe.movingAt = undefined;
        probe.frames.length = 0;
      }
    },
    true,
  );

  const watched = new WeakSet<Element>();
  document.addEventListener(
    "loadeddata",
    (event) => {
      const video = event.target as HTMLVideoElement;
      if (video.getAttribute("aria-label") !== "Partner's video" || watched.has(video)) return;
      watched.add(video);
      const shown = () => {
        probe.frames.push(Date.now());
        if (probe.nextPressedAt !== undefined && video.srcObject !== left) probe.nextFrameAt ??= Date.now();
        if (probe.movingAt === undefined && probe.frames.length >= 2) probe.movingAt = Date.now();
        if (video.isConnected) video.requestVideoFrameCallback(shown);
      };
      video.requestVideoFrameCallback(shown);
    },
    true,
  );

  new MutationObserver(() => {
    const text = document.querySelector('[role="status"]')?.textContent?.trim();
    if (text && probe.statuses.at(-1) !== text) probe.statuses.push(text);
  }).observe(document, { childList: true, subtree: true, characterData: true });
}
