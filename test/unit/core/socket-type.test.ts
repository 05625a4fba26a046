import assert from "node:assert/strict";
import { test } from "node:test";
import { isCompatible, SOCKET_TYPES, type SocketTypeName } from "#src/core/socket-type.js";

const NAMES = Object.keys(SOCKET_TYPES) as SocketTypeName[];

/** 37/ZMTP "Socket types" and the specifications of the draft types, each pair once. */
const PAIRS = new Set(
  (
    "PAIR-PAIR PUB-SUB PUB-XSUB SUB-XPUB XPUB-XSUB PUSH-PULL REQ-REP REQ-ROUTER REP-DEALER " +
    "DEALER-DEALER DEALER-ROUTER ROUTER-ROUTER " +
    "SERVER-CLIENT RADIO-DISH SCATTER-GATHER DGRAM-DGRAM PEER-PEER CHANNEL-CHANNEL"
  ).split(" "),
);

for (const left of NAMES) {
  test(`${left} talks to exactly the types that the specification names`, () => {
    for (const right of NAMES) {
      const wanted = PAIRS.has(`${left}-${right}`) || PAIRS.has(`${right}-${left}`);
      assert.equal(isCompatible(left, right), wanted, `${left} and ${right}`);
    }
  });
}

test("who may talk to whom is the same from both sides", () => {
  for (const left of NAMES) {
    for (const right of NAMES) assert.equal(isCompatible(left, right), isCompatible(right, left));
  }
});

test("names are compared as they are", () => {
  for (const name of ["pub", "PUB ", "", "PUB\0", "SERVER", "toString"])
    assert.equal(isCompatible("SUB", name), false);
});

test("the numbers are libzmq's", () => {
  assert.deepEqual(
    NAMES.map((name) => [name, SOCKET_TYPES[name].id]),
    [
      ["PAIR", 0],
      ["PUB", 1],
      ["SUB", 2],
      ["REQ", 3],
      ["REP", 4],
      ["DEALER", 5],
      ["ROUTER", 6],
      ["PULL", 7],
      ["PUSH", 8],
      ["XPUB", 9],
      ["XSUB", 10],
      ["STREAM", 11],
      ["SERVER", 12],
      ["CLIENT", 13],
      ["RADIO", 14],
      ["DISH", 15],
      ["GATHER", 16],
      ["SCATTER", 17],
      ["DGRAM", 18],
      ["PEER", 19],
      ["CHANNEL", 20],
    ],
  );
});

test("exactly REQ, DEALER and ROUTER announce a routing id", () => {
  assert.deepEqual(
    NAMES.filter((name) => SOCKET_TYPES[name].hasRoutingId),
    ["REQ", "DEALER", "ROUTER"],
  );
});
