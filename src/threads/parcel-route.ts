/** What writers and readers of a ring know of `Parcels`. They run in pages too, which have none. */

/** From this size on giving a frame's memory away takes less time than copying it twice. */
export const PARCEL_FROM = 16_384;

/** Where long frames go that do not go through a link's ring. */
export interface ParcelRoute {
  /** Before the frame that stands for it is written. */
  send(frame: Uint8Array): void;
  /** What the frame stands for that was read. Undefined: the other thread is gone. */
  take(): Uint8Array | undefined;
  /** These bytes are needed no more; if `take` gave them, neither is their memory. */
  free(bytes: Uint8Array): void;
  /** This side has let go of the link. */
  end(): void;
}
