/** The part of WebAssembly's interface that is used here: all runtimes have it, and none of the libraries of types that are used. */
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
    /** By so many pages of 64 kB. @throws RangeError where it cannot */
    grow(pages: number): number;
  }
  interface Global {
    readonly value: unknown;
  }
  interface Instance {
    readonly exports: Record<string, unknown>;
  }
  function instantiate(bytes: Uint8Array): Promise<{ instance: Instance }>;
}
