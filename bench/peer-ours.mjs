/** A benchmark peer on zmq-ts itself; see README.md for its command line. */
import * as zmq from "../dist/index.js";
import { runPeer } from "./peer.mjs";

await runPeer(zmq, {
  /** Both builds of libsodium are measured; neither may stand in for the other. */
  prepareCurve: (mode) => zmq.prepareCurve({ backend: mode === "wasm" ? "libsodium" : "sodium-native" }),
});
