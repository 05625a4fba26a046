/** Every numeric option on every socket type: default, range and who takes it, as libzmq itself answers. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as zmq from "zmq-ts";
import { OPTIONS, type OptionRow } from "#src/core/option-table.js";
import { open } from "../support/sockets.ts";

type Outcome = number | string;
type Row = [initial: Outcome, ...set: [set: Outcome, then: Outcome][]];

const SCRIPT = fileURLToPath(new URL("../../../test/support/interop-options.py", import.meta.url));
const CLASSES = [
  zmq.Pair,
  zmq.Publisher,
  zmq.Subscriber,
  zmq.Request,
  zmq.Reply,
  zmq.Dealer,
  zmq.Router,
  zmq.Pull,
  zmq.Push,
  zmq.XPublisher,
  zmq.XSubscriber,
  zmq.Stream,
];
const VALUES = [-2, -1, 0, 1, 2, 3, 4, 100, 255, 6_553_600];
/** Any number that is not negative is true for some of libzmq's options, and for all of ours. */
const BOOLEANS = [0, 1];
/** The first option that stable builds of libzmq do not have, and those that they are built without. */
const DRAFTS = 97;
const NOT_BUILT = /^vmci/;
/** The note of ZMQ_ROUTER_MANDATORY in docs/parity.md says why. */
const OF_REP_AS_ROUTER = new Set(["mandatory", "handover", "raw", "probeRouter"]);
/** Where ours is stricter, or does not round. */
const APART: Record<string, number[]> = {
  affinity: [-2, -1],
  maxMessageSize: [-2],
  heartbeatTimeToLive: [-2, -1, 1, 2, 3, 4, 255],
  // Its own default.
  heartbeatTimeout: [-1],
  typeOfService: [6_553_600],
};

const { ipv6, verbosity } = OPTIONS;
const options = Object.entries<OptionRow>({
  ...OPTIONS,
  ipv4Only: { ...ipv6, id: 31 },
  verbosity: { ...verbosity, kind: "bool" },
  verboser: { ...verbosity, kind: "bool", id: 78 },
})
  .map(([name, row]) => ({ name, ...row }))
  .filter(({ kind }) => kind === "int" || kind === "bool")
  // docs/options.md has the reasons of those that are refused.
  .filter(({ name, id, refused }) => id > 0 && id < DRAFTS && refused === undefined && !NOT_BUILT.test(name));

const numbers = options.map(({ id, max }) => [id, max === Number.MAX_SAFE_INTEGER ? 8 : 4]);
const { status, stdout } = spawnSync("/usr/bin/python3", [SCRIPT], {
  input: JSON.stringify([CLASSES.map((_, type) => type), numbers, VALUES]),
  encoding: "utf8",
});
const skip = status === 0 ? false : "libzmq was NOT tested against: apt-get install python3-zmq";
if (skip !== false) console.error(skip);
const theirs = (skip === false ? JSON.parse(stdout) : {}) as Record<string, Row>;

function outcome(run: () => unknown): Outcome {
  try {
    return (run() as number | undefined) ?? 0;
  } catch (error) {
    return (error as zmq.ZmqError).code;
  }
}

for (const [type, Class] of CLASSES.entries()) {
  test(`[test_setsockopt] ${Class.name} has libzmq's numeric options, with its defaults and ranges`, {
    skip,
  }, (t) => {
    const differences: string[] = [];
    for (const { name, id, kind } of options) {
      if (Class === zmq.Reply && OF_REP_AS_ROUTER.has(name)) continue;
      const [initial, ...sets] = theirs[`${type} ${id}`]!;
      const socket = open(t, Class as typeof zmq.Pair);
      // Ours can all be read, libzmq's not.
      const isReadable = initial !== "EINVAL" || sets.every(([set]) => set === "EINVAL");
      const compare = (what: string, ours: Outcome, expected: Outcome) => {
        if (ours !== expected) differences.push(`${name} ${what}: ${ours}, in libzmq ${expected}`);
      };
      if (isReadable)
        compare(
          "at first",
          outcome(() => socket.getOption(id) as number),
          initial,
        );
      for (const [i, value] of VALUES.entries()) {
        if ((kind === "bool" && !BOOLEANS.includes(value)) || APART[name]?.includes(value)) continue;
        const [set, then] = sets[i]!;
        compare(
          `set to ${value}`,
          outcome(() => socket.setOption(id, value)),
          set,
        );
        // What was refused left what was there; a value that was not compared may have been taken.
        if (isReadable && set === 0)
          compare(
            `after ${value}`,
            outcome(() => socket.getOption(id) as number),
            then,
          );
      }
    }

    assert.deepEqual(differences, []);
  });
}
