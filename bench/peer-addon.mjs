/** A benchmark peer on the `zeromq` package, the C++ addon around libzmq; see README.md for its command line. */
import * as zmq from "zeromq";
import { runPeer } from "./peer.mjs";

const ZMQ_SNDHWM = 23;

await runPeer(zmq, {
  /** libzmq drops subscriptions beyond the high-water mark of the SUB socket, for which the package has no property. */
  keepAllSubscriptions: (socket) => socket.setInt32Option(ZMQ_SNDHWM, 0),
  /** With `noDrop` its `send` rejects with EAGAIN where it should wait: libzmq says of XPUB that it can always send. */
  noDropRejects: true,
});
