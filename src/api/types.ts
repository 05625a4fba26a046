/** The types of the public calls, compatible with those of the `zeromq` package. */
import type { CallOptions } from "../core/waiting.ts";

/** One part of a received message. */
export type Message = Buffer;
/** What may be sent as one part. Strings go as UTF-8, numbers as their decimal text, null as an empty part. */
export type MessageLike = ArrayBufferView | ArrayBuffer | SharedArrayBuffer | string | number | null;

export type { BindOptions } from "../core/endpoints.ts";
export type { CallOptions, SendOptions } from "../core/waiting.ts";

type IfEquals<X, Y, A, B = never> =
  (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? A : B;
type Expand<T> = T extends infer O ? { [K in keyof O]: O[K] } : never;
type WritableKeys<T> = {
  // biome-ignore lint/complexity/noBannedTypes: any callable member, as the `zeromq` package has it
  [P in keyof T]-?: T[P] extends Function
    ? never
    : IfEquals<{ [Q in P]: T[P] }, { -readonly [Q in P]: T[P] }, P>;
}[keyof T];

/** Keys are read as text but may be set as bytes, which a mapped type does not see. */
type KeyOption = "curvePublicKey" | "curveSecretKey" | "curveServerKey";
type Settable<T> = { [P in keyof T]: P extends KeyOption ? T[P] | Uint8Array : T[P] };

/** All properties of `T` that can be set, and those of `E`, each optional. */
export type Options<T, E = unknown> = Expand<Partial<E & Settable<Pick<T, WritableKeys<T>>>>>;

/** Yields what a socket's `receive` resolves to. */
export type ReceiveType<T> = T extends { receive(...args: never[]): Promise<infer U> } ? U : never;

export interface BatchOptions extends CallOptions {
  /** No more messages than this at once; default 1000. */
  max?: number;
}
