/** Which ZeroMQ this is, for programs that ask. */

/** The libzmq version whose behaviour this library has; what the `zeromq` package answers. */
export const version = "4.3.5";

/** The version of this package. */
export const packageVersion = "0.1.0";

/** What this build can do, by the names of `zmq_has`. */
export const capability: Readonly<
  Record<"ipc" | "pgm" | "tipc" | "norm" | "curve" | "gssapi" | "draft", boolean>
> = {
  ipc: true,
  pgm: false,
  tipc: false,
  norm: false,
  curve: true,
  gssapi: false,
  draft: true,
};
