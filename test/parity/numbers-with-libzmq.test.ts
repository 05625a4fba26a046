/** Every numeric option on every socket type: default, range and who takes it, as libzmq itself answers. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as addon from "zeromq";
import * as zmq from "zmq-ts";
import { OPTIONS, type OptionRow } from "#src/core/option-table.js";
import { open } from "../support/sockets.ts";

type Outcome = number | string;
type Row = [initial: Outcome, ...set: [set: Outcome, then: Outcome][]];

const SCRIPT = fileURLToPath(new URL("../../../test/support/interop-options.py", import.meta.url));
/** In the order of their numbers; ours and the addon's. */
const CLASSES = [
  [zmq.Pair, addon.Pair],
  [zmq.Publisher, addon.Publisher],
  [zmq.Subscriber, addon.Subscriber],
  [zmq.Request, addon.Request],
  [zmq.Reply, addon.Reply],
  [zmq.Dealer, addon.Dealer],
  [zmq.Router, addon.Router],
  [zmq.Pull, addon.Pull],
  [zmq.Push, addon.Push],
  [zmq.XPublisher, addon.XPublisher],
  [zmq.XSubscriber, addon.XSubscriber],
  [zmq.Stream, addon.Stream],
] as const;
const VALUES = [-2, -1, 0, 1, 2, 3, 4, 100, 255, 6_553_600];
/** Any number that is not negative is true for some of libzmq's options, and for all of ours. */
const BOOLEANS = [0, 1];
/** From here on only builds with drafts have options, such as the addon's; those that neither is built with. */
const DRAFTS = 97;
const NOT_BUILT = /^vmci|^norm|^wss/;
/** The note of ZMQ_ROUTER_MANDATORY in docs/parity.md says why. */
const OF_REP_AS_ROUTER = new Set(["mandatory", "handover", "raw", "probeRouter"]);
/** Where ours is stricter. */
const APART: Record<string, number[]> = {
  affinity: [-2, -1],
  maxMessageSize: [-2],
  heartbeatTimeToLive: [-2, -1],
  // Its own default.
  heartbeatTimeout: [-1],
  typeOfService: [6_553_600],
  reconnectStop: [-2, -1, 100, 255, 6_553_600],
  busyPoll: [-2],
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
  .filter(({ name, id, refused }) => id > 0 && refused === undefined && !NOT_BUILT.test(name));

const numbers = options
  .filter(({ id }) => id < DRAFTS)
  .map(({ id, max }) => [id, max === Number.MAX_SAFE_INTEGER ? 8 : 4]);
const { status, stdout } = spawnSync("/usr/bin/python3", [SCRIPT], {
  input: JSON.stringify([CLASSES.map((_, type) => type), numbers, VALUES]),
  encoding: "utf8",
});
const skip = status === 0 ? false : "libzmq was NOT tested against: apt-get install python3-zmq";
if (skip !== false) console.error(skip);
const stable = (skip === false ? JSON.parse(stdout) : {}) as Record<string, Row>;

/** A row as the script's, of the addon. */
function draft(t: TestContext, Theirs: new () => object, id: number): Row {
  const socket = new Theirs() as unknown as {
    getInt32Option(id: number): number;
    setInt32Option(id: number, value: number): void;
    close(): void;
  };
  t.after(() => socket.close());
  const get = () => outcome(() => socket.getInt32Option(id));
  const set = (value: number) => outcome(() => socket.setInt32Option(id, value));
  return [get(), ...VALUES.map((value): [Outcome, Outcome] => [set(value), get()])];
}

function outcome(run: () => unknown): Outcome {
  try {
    return (run() as number | undefined) ?? 0;
  } catch (error) {
    return (error as zmq.ZmqError).code;
  }
}

for (const [type, [Class, Theirs]] of CLASSES.entries()) {
  test(`[test_setsockopt] ${Class.name} has libzmq's numeric options, with its defaults and ranges`, {
    skip,
  }, (t) => {
    const differences: string[] = [];
    for (const { name, id, kind } of options) {
      if (Class === zmq.Reply && OF_REP_AS_ROUTER.has(name)) continue;
      // Read as 0 everywhere, and set nowhere else.
      if (Class !== zmq.Router && name === "routerNotify") continue;
      const [initial, ...sets] = id < DRAFTS ? stable[`${type} ${id}`]! : draft(t, Theirs, id);
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
