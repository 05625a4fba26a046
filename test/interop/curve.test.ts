/** CURVE with libzmq: both roles, both sides, every two socket types. */

import { CLIENT_OPTIONS, SERVER_OPTIONS } from "../support/curve.ts";
import { testPair } from "../support/interop-ends.ts";
import { bytes, MESSAGES, type Part } from "../support/interop-messages.ts";
import { SCENARIOS } from "../support/interop-scenarios.ts";
import { PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();

/** Sealed, these touch every length form of a frame; the long ones go with one pair of types. */
const SHORT: Part[][] = [["hello"], [""], ["a", "", "c", ""], [bytes(222)], [bytes(223), bytes(255)]];

const ROLES = [
  { who: "we serve", ours: SERVER_OPTIONS, theirs: CLIENT_OPTIONS },
  { who: "they serve", ours: CLIENT_OPTIONS, theirs: SERVER_OPTIONS },
];

for (const [ourType, theirType, scenario, options = {}] of SCENARIOS) {
  const messages = ourType === "PAIR" ? MESSAGES : SHORT;
  for (const { who, ours, theirs } of ROLES) {
    testPair(python, ourType, theirType, (ends) => scenario(ends, messages), {
      ...options,
      ours: { ...ours, ...options.ours },
      theirs: { ...theirs, ...options.theirs },
      behaviour: `talk, ${who},`,
    });
  }
}
