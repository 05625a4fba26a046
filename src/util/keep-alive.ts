/**
 * Holds the process while a call waits. Sockets, servers and timers of this library are all unreferenced; one timer,
 * referenced while the count is above zero, is what a pending `receive`, `send`, `bind` or a lingering close holds.
 */
interface Handle {
  ref?(): void;
  unref?(): void;
}

let holders = 0;
let handle: Handle | undefined;

export function hold(): void {
  if (holders++ > 0) return;
  if (handle === undefined) {
    // Fires about every 24 days and does nothing; kept once made, because making one costs more than ref().
    handle = setInterval(() => {}, 2 ** 31 - 1) as unknown as Handle;
  } else handle.ref?.();
}

export function release(): void {
  if (--holders === 0) handle?.unref?.();
}
