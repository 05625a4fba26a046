/** Messages of all sizes on several connections at the same time: each is what was sent, and stays so while it is kept. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { curveKeyPair, Pair } from "zmq-ts";
import { married, open, STREAM_TRANSPORTS, soon, type Transport } from "../support/sockets.ts";

const CONNECTIONS = 5;
const MESSAGES = 200;
/** Received messages are kept so long, to see what is written over them. */
const KEPT = 30;
/** Around the sizes from which on memory is read into, shared, passed on or given away in another way. */
const SIZES = [0, 10, 300, 5000, 16_383, 16_384, 33_000, 65_527, 65_536, 70_000, 100_000, 200_000];

type Random = () => number;

/** The same numbers for the same seed. */
function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

/** Sizes of the parts of each message; most come in runs of one size. */
function plan(random: Random): number[][] {
  const messages: number[][] = [];
  while (messages.length < MESSAGES) {
    const size = SIZES[Math.floor(random() * SIZES.length)]!;
    for (let run = Math.floor(random() * 12); run >= 0; run--)
      messages.push(random() < 0.15 ? [size, 5, size] : [size]);
  }
  return messages.slice(0, MESSAGES);
}

/** A byte in the wrong place shows. */
function part(connection: number, message: number, index: number, size: number): Buffer {
  return Buffer.alloc(size, connection * 51 + message * 7 + index * 3 + 1);
}

async function pairOver(
  t: TestContext,
  transport: Transport,
  isSealed: boolean,
  random: Random,
): Promise<[Pair, Pair]> {
  const sender = open(t, Pair, { sendHighWaterMark: 1 + Math.floor(random() * 60) });
  const receiver = open(t, Pair, { receiveHighWaterMark: 1 + Math.floor(random() * 60) });
  if (isSealed) {
    const [server, client] = [curveKeyPair(), curveKeyPair()];
    receiver.curveServer = true;
    receiver.curveSecretKey = server.secretKey;
    sender.curveServerKey = server.publicKey;
    sender.curvePublicKey = client.publicKey;
    sender.curveSecretKey = client.secretKey;
  }
  await married(t, receiver, sender, transport);
  return [sender, receiver];
}

for (const transport of STREAM_TRANSPORTS) {
  for (const isSealed of [false, true]) {
    const how = isSealed ? " with CURVE" : "";
    test(`all that comes over ${CONNECTIONS} connections is what was sent over ${transport}${how}`, async (t) => {
      const random = randomFrom(transport.length * 2 + Number(isSealed));
      const work = Array.from({ length: CONNECTIONS }, async (_, connection) => {
        const messages = plan(random);
        const [sender, receiver] = await pairOver(t, transport, isSealed, random);
        const sent = (async () => {
          for (const [i, sizes] of messages.entries())
            await sender.send(sizes.map((size, index) => part(connection, i, index, size)));
        })();
        const kept: [number, Buffer[]][] = [];
        for (let i = 0; i < MESSAGES; i++) {
          kept.push([i, await soon(receiver.receive())]);
          if (kept.length < KEPT && i < MESSAGES - 1) continue;
          for (const [number, parts] of kept.splice(0)) {
            const expected = messages[number]!.map((size, index) => part(connection, number, index, size));
            const isSame =
              parts.length === expected.length && parts.every((one, index) => one.equals(expected[index]!));
            assert.ok(isSame, `message ${number} of connection ${connection}: ${messages[number]}`);
          }
        }
        await sent;
      });

      await Promise.all(work);
    });
  }
}
