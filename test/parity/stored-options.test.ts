/** Options that the runtime cannot apply, or only newer ones can. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { Socket as NetSocket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { constants, Pair, Pull, Push } from "zmq-ts";
import {
  connected,
  IO_THREADS,
  open,
  receiveTexts,
  rejects,
  temporaryPath,
  throws,
  turns,
} from "../support/sockets.ts";

interface TakesTypeOfService {
  setTypeOfService?: ((value: number) => void) | undefined;
}

// What a test changes in its own thread an I/O thread does not see.
const inThreads = IO_THREADS > 0 && "I/O is in another thread";

test("[test_diffserv] typeOfService is kept, and given to each connection where the runtime can", {
  skip: inThreads,
}, async (t) => {
  const prototype = NetSocket.prototype as TakesTypeOfService;
  const before = prototype.setTypeOfService;
  const given: number[] = [];
  prototype.setTypeOfService = (value) => void given.push(value);
  t.after(() => {
    if (before === undefined) delete prototype.setTypeOfService;
    else prototype.setTypeOfService = before;
  });
  const pull = open(t, Pull, { typeOfService: 0x28 });
  const push = open(t, Push);
  push.setOption(constants.ZMQ_TOS, 0x48);
  await pull.bind("tcp://127.0.0.1:*");
  await connected(pull, push, pull.lastEndpoint!);
  await push.send("x");
  await receiveTexts(pull, 1);

  assert.equal(pull.getOption(constants.ZMQ_TOS), 0x28);
  assert.equal(push.typeOfService, 0x48);
  assert.deepEqual(given.sort(), [0x28, 0x48]);
});

/** Number, libzmq's default, another value. */
const NOT_APPLIED = [
  [constants.ZMQ_SNDBUF, -1, 16_384],
  [constants.ZMQ_RCVBUF, -1, 16_384],
  [constants.ZMQ_PRIORITY, 0, 6],
  [constants.ZMQ_IN_BATCH_SIZE, 8192, 16_384],
  [constants.ZMQ_OUT_BATCH_SIZE, 8192, 16_384],
  [constants.ZMQ_TCP_MAXRT, 0, 5000],
  [constants.ZMQ_TCP_KEEPALIVE_CNT, -1, 3],
  [constants.ZMQ_TCP_KEEPALIVE_INTVL, -1, 10],
  [constants.ZMQ_RATE, 100, 1000],
  [constants.ZMQ_RECOVERY_IVL, 10_000, 1000],
  [constants.ZMQ_MULTICAST_MAXTPDU, 1500, 9000],
  [constants.ZMQ_LOOPBACK_FASTPATH, 0, 1],
  [constants.ZMQ_NORM_MODE, constants.ZMQ_NORM_CC, constants.ZMQ_NORM_FIXED],
  [constants.ZMQ_NORM_UNICAST_NACK, 0, 1],
  [constants.ZMQ_NORM_BUFFER_SIZE, 2048, 4096],
  [constants.ZMQ_NORM_SEGMENT_SIZE, 1400, 1200],
  [constants.ZMQ_NORM_BLOCK_SIZE, 16, 32],
  [constants.ZMQ_NORM_NUM_PARITY, 4, 8],
  [constants.ZMQ_NORM_NUM_AUTOPARITY, 0, 2],
  [constants.ZMQ_NORM_PUSH, 0, 1],
  [constants.ZMQ_VMCI_BUFFER_SIZE, 0, 65_536],
  [constants.ZMQ_VMCI_BUFFER_MIN_SIZE, 0, 4096],
  [constants.ZMQ_VMCI_BUFFER_MAX_SIZE, 0, 262_144],
  [constants.ZMQ_VMCI_CONNECT_TIMEOUT, -1, 100],
] as const;

test("[ZMQ_SNDBUF] [ZMQ_RCVBUF] [ZMQ_PRIORITY] [ZMQ_IN_BATCH_SIZE] [ZMQ_OUT_BATCH_SIZE] [ZMQ_TCP_MAXRT] [ZMQ_TCP_KEEPALIVE_CNT] [ZMQ_TCP_KEEPALIVE_INTVL] [ZMQ_RATE] [ZMQ_RECOVERY_IVL] [ZMQ_MULTICAST_MAXTPDU] [ZMQ_LOOPBACK_FASTPATH] [ZMQ_NORM_*] [ZMQ_VMCI_*] [test_setsockopt] what the runtime cannot do is kept, and says once that it has no effect", async (t) => {
  const warnings: string[] = [];
  const listener = (warning: Error & { code?: string }) =>
    warnings.push(`${warning.code} ${warning.message}`);
  process.on("warning", listener);
  t.after(() => process.off("warning", listener));
  for (let round = 0; round < 2; round++) {
    const pair = open(t, Pair);
    for (const [option, initial, other] of NOT_APPLIED) {
      assert.equal(pair.getOption(option), initial);
      pair.setOption(option, initial);
      pair.setOption(option, other);
      assert.equal(pair.getOption(option), other);
    }
  }
  await turns(2);

  assert.equal(warnings.length, NOT_APPLIED.length, warnings.join("\n"));
  for (const warning of warnings)
    assert.match(warning, /^ZMQ_OPTION_NOT_APPLIED \w+ is stored but has no effect: /);
});

test("[ZMQ_BINDTODEVICE] [ZMQ_IPC_FILTER_*] [test_setsockopt] a device that cannot be bound to is refused, as are filters that cannot be applied", (t) => {
  const pair = open(t, Pair);

  for (const [option, value] of [
    [constants.ZMQ_BINDTODEVICE, "eth0"],
    [constants.ZMQ_IPC_FILTER_UID, 1000],
    [constants.ZMQ_IPC_FILTER_GID, 1000],
    [constants.ZMQ_IPC_FILTER_PID, 1000],
  ] as const) {
    const before = pair.getOption(option);
    throws(() => pair.setOption(option, value), "ENOTSUP", /cannot be set/);
    assert.equal(pair.getOption(option), before);
  }
  assert.equal(pair.getOption(constants.ZMQ_BINDTODEVICE), null);
});

test("a failed bind of ipc://* leaves no folder behind", {
  skip: inThreads || process.platform === "win32",
}, async (t) => {
  const folder = join(temporaryPath(t), "x".repeat(100));
  mkdirSync(folder, { recursive: true });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const pull = open(t, Pull);

  await rejects(pull.bind("ipc://*"), "ENAMETOOLONG", /107 bytes/);

  assert.ok(existsSync(folder));
  assert.deepEqual(readdirSync(folder), []);
});
