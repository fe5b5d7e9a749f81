import type { ChatError, MediaKind } from "../words/chat-error.ts";
import type { CameraFacing, DeviceChoice } from "../words/chat-snapshot.ts";
import type { Unsubscribe } from "../words/log.ts";

/** What to capture. */
export interface MediaWish {
  readonly camera: boolean;
  readonly microphone: boolean;
  readonly cameraId: string | undefined;
  /** Which way the camera should look, where no camera is named; undefined: at the person. */
  readonly cameraFacing: CameraFacing | undefined;
  readonly microphoneId: string | undefined;
}

/** What could be had of a wish. */
export interface Capture {
  /** Undefined when nothing could be had. */
  readonly stream: MediaStream | undefined;
  /** Why a wished device is missing. */
  readonly problems: { readonly camera?: ChatError; readonly microphone?: ChatError };
}

/** The person's camera and microphone. */
export interface MediaSource {
  /**
   * Asks for what is wished. When both cannot be had together, each is tried alone, so that one broken device
   * does not cost the other. Never rejects. An aborted request stops every track that it got.
   */
  capture(wish: MediaWish, signal: AbortSignal): Promise<Capture>;
  /** Whether the page may use the device; undefined where the browser does not say. */
  permission(kind: MediaKind): Promise<PermissionState | undefined>;
  devices(): Promise<{
    readonly camera: readonly DeviceChoice[];
    readonly microphone: readonly DeviceChoice[];
  }>;
  onDevicesChanged(run: () => void): Unsubscribe;
  /** The page may use a device from now on, or may not any more; never called where the browser does not say. */
  onPermissionChanged(run: (kind: MediaKind) => void): Unsubscribe;
  /** Called at once, and whenever the person begins or ceases to see the page: systems take devices away with it. */
  onVisible(run: (visible: boolean) => void): Unsubscribe;
}
