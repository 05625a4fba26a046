/** The stream of a `net.Socket` keeps to the contract of `ByteStream` where a handler pauses it before it has begun. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { parseEndpoint } from "#src/core/endpoint.js";
import { defaultOptions } from "#src/core/options.js";
import type { ByteStream, StreamHandler } from "#src/core/transport.js";
import { tcp } from "#src/transports/tcp.js";
import { turns } from "../../support/sockets.ts";

test("a stream that is paused while it is accepted brings nothing before it is resumed", async (t) => {
  const chunks: string[] = [];
  let arrived: (() => void) | undefined;
  const handler: StreamHandler = {
    received(chunk) {
      chunks.push(Buffer.from(chunk).toString());
      arrived?.();
    },
    drained() {},
    closed() {},
  };
  const accepted = new Promise<ByteStream>((resolve, reject) => {
    tcp
      .listen(parseEndpoint("tcp://127.0.0.1:*"), defaultOptions(), {
        accepted(stream) {
          stream.pause();
          resolve(stream);
          return handler;
        },
        acceptFailed: reject,
      })
      .then((listening) => {
        t.after(() => listening.close());
        const client = connect(Number(listening.endpoint.split(":").at(-1)), "127.0.0.1", () =>
          client.write("hello"),
        );
        t.after(() => client.destroy());
      }, reject);
  });

  const stream = await accepted;
  t.after(() => stream.destroy());
  await turns(20);
  assert.deepEqual(chunks, []);
  const first = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  stream.resume();
  await first;

  assert.deepEqual(chunks, ["hello"]);
  assert.equal(stream.peerAddress, "127.0.0.1");
});
