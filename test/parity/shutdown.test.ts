/** Connections that are made, taken and given up while sockets and contexts end, many at a time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context, Publisher, Subscriber } from "zmq-ts";
import { anyEndpoint, soon, TRANSPORTS, turns } from "../support/sockets.ts";

const SOCKETS = 50;

for (const transport of TRANSPORTS) {
  for (const ioThreads of transport === "inproc" ? [0] : [0, 2]) {
    test(`[test_shutdown_stress] many sockets close at every stage of connecting, then their context ends, over ${transport} with ${ioThreads} I/O threads`, async () => {
      for (let round = 0; round < 3; round++) {
        const context = new Context({ ioThreads });
        const publisher = new Publisher({ context });
        await publisher.bind(anyEndpoint(transport));
        const endpoint = publisher.lastEndpoint!;

        await Promise.all(
          Array.from({ length: SOCKETS }, async (_, i) => {
            const subscriber = new Subscriber({ context });
            subscriber.subscribe("");
            subscriber.connect(endpoint);
            await turns(i % 10);
            if (i % 3 === 0) await publisher.send("x".repeat(i));
            subscriber.close();
            assert.equal(subscriber.closed, true);
          }),
        );
        publisher.close();

        await soon(context.terminate(), "the end of the context");
      }
    });
  }

  test(`[test_shutdown_stress] a context ends with sockets at every stage of connecting over ${transport}`, async () => {
    const context = new Context();
    const publisher = new Publisher({ context });
    await publisher.bind(anyEndpoint(transport));
    const waiting = Array.from({ length: SOCKETS }, async (_, i) => {
      const subscriber = new Subscriber({ context });
      subscriber.subscribe("");
      await turns(i % 10);
      if (context.closed) return;
      subscriber.connect(publisher.lastEndpoint!);
      await assert.rejects(subscriber.receive(), /./);
    });

    await turns(7);
    await soon(context.destroy(0), "the end of the context");

    await Promise.all(waiting);
  });
}
