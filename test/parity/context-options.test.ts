/** Options of a context by name and by number. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context, constants, Pull, Push, Router } from "zmq-ts";
import { married, open, receiveTexts, throws, turns } from "../support/sockets.ts";

test("[ZMQ_SOCKET_LIMIT] [ZMQ_MSG_T_SIZE] [ZMQ_MAX_MSGSZ] [test_ctx_options] a context has libzmq's options, defaults and limits by number", () => {
  const context = new Context();

  assert.equal(context.getOption(constants.ZMQ_MAX_SOCKETS), 1023);
  assert.equal(context.getOption(constants.ZMQ_SOCKET_LIMIT), 65535);
  // libzmq starts with one; here I/O needs no thread of its own.
  assert.equal(context.getOption(constants.ZMQ_IO_THREADS), context.ioThreads);
  assert.equal(context.getOption(constants.ZMQ_MAX_MSGSZ), 2 ** 31 - 1);
  assert.equal(context.getOption(constants.ZMQ_MSG_T_SIZE), 64);
  assert.equal(context.getOption(constants.ZMQ_IPV6), 0);
  assert.equal(context.getOption(constants.ZMQ_BLOCKY), 1);
  assert.equal(context.getOption(constants.ZMQ_ZERO_COPY_RECV), 1);
  assert.equal(context.getOption(constants.ZMQ_THREAD_SCHED_POLICY), -1);
  assert.equal(context.getOption(constants.ZMQ_THREAD_NAME_PREFIX), null);
});

test("[test_ctx_options] options of a context are set by number and checked", () => {
  const context = new Context();

  context.setOption(constants.ZMQ_MAX_SOCKETS, 5);
  assert.equal(context.maxSockets, 5);
  context.setOption(constants.ZMQ_MAX_MSGSZ, 1000);
  assert.equal(context.maxMessageSize, 1000);
  context.setOption(constants.ZMQ_IPV6, 1);
  assert.equal(context.ipv6, true);
  context.setOption(constants.ZMQ_BLOCKY, false);
  assert.equal(context.getOption(constants.ZMQ_BLOCKY), 0);
  for (const [option, value] of [
    [constants.ZMQ_MAX_SOCKETS, 0],
    [constants.ZMQ_MAX_SOCKETS, 65536],
    [constants.ZMQ_IO_THREADS, -1],
    [constants.ZMQ_THREAD_PRIORITY, constants.ZMQ_NULL - 1],
    [constants.ZMQ_THREAD_SCHED_POLICY, -1],
    [constants.ZMQ_MSG_T_SIZE, 64],
    [-1, 0],
    [99, 0],
  ] as const) {
    throws(() => context.setOption(option, value), "EINVAL");
  }
  throws(() => context.getOption(-1), "EINVAL");
  throws(() => context.getOption(constants.ZMQ_THREAD_AFFINITY_CPU_ADD), "EINVAL");
  assert.throws(() => context.setOption(constants.ZMQ_MAX_SOCKETS, "5"), TypeError);
  assert.throws(() => context.getOption("1" as unknown as number), TypeError);
});

test("[ZMQ_THREAD_PRIORITY] [ZMQ_THREAD_SCHED_POLICY] [ZMQ_THREAD_AFFINITY_*] [ZMQ_THREAD_NAME_PREFIX] [test_ctx_options] what threads are to do is kept, and says once that it has no effect", async (t) => {
  const warned: string[] = [];
  const listener = (warning: Error & { code?: string }) =>
    warned.push(`${warning.code} ${warning.message.split(" ")[0]}`);
  process.on("warning", listener);
  t.after(() => process.off("warning", listener));
  const context = new Context();

  context.setOption(constants.ZMQ_THREAD_SCHED_POLICY, 0);
  assert.equal(context.getOption(constants.ZMQ_THREAD_SCHED_POLICY), 0);
  context.setOption(constants.ZMQ_THREAD_PRIORITY, 1);
  context.setOption(constants.ZMQ_THREAD_AFFINITY_CPU_ADD, 0);
  context.setOption(constants.ZMQ_THREAD_AFFINITY_CPU_ADD, 1);
  context.setOption(constants.ZMQ_THREAD_AFFINITY_CPU_REMOVE, 1);
  throws(() => context.setOption(constants.ZMQ_THREAD_AFFINITY_CPU_REMOVE, 1), "EINVAL", /not added/);
  context.setOption(constants.ZMQ_THREAD_NAME_PREFIX, 1234);
  assert.equal(context.getOption(constants.ZMQ_THREAD_NAME_PREFIX), 1234);
  context.threadNamePrefix = "MyPrefix9012345";
  assert.equal(context.getOption(constants.ZMQ_THREAD_NAME_PREFIX), "MyPrefix9012345");
  throws(() => context.setOption(constants.ZMQ_THREAD_NAME_PREFIX, "x".repeat(17)), "EINVAL");
  await turns(2);

  assert.deepEqual(
    warned.sort(),
    [
      "threadAffinityAdd",
      "threadAffinityRemove",
      "threadNamePrefix",
      "threadPriority",
      "threadSchedulingPolicy",
    ].map((name) => `ZMQ_OPTION_NOT_APPLIED ${name}`),
  );
});

test("[test_ctx_options] messages arrive whatever zeroCopyReceive says", async (t) => {
  const context = new Context();
  context.setOption(constants.ZMQ_ZERO_COPY_RECV, 0);
  assert.equal(context.zeroCopyReceive, false);
  const pull = open(t, Pull, { context });
  const push = open(t, Push, { context });
  await married(t, pull, push, "tcp");

  await push.send("abcd");
  await push.send("0123456789".repeat(5));

  assert.deepEqual(await receiveTexts(pull, 2), ["abcd", "0123456789".repeat(5)]);
  context.setOption(constants.ZMQ_ZERO_COPY_RECV, 1);
  assert.equal(context.zeroCopyReceive, true);
});

test("[ZMQ_IPV6] [test_ctx_options] blocky and ipv6 are what new sockets start with", (t) => {
  const context = new Context();
  context.setOption(constants.ZMQ_IPV6, 1);
  const before = open(t, Router, { context });
  assert.equal(before.getOption(constants.ZMQ_IPV6), 1);
  assert.equal(before.getOption(constants.ZMQ_LINGER), -1);

  context.setOption(constants.ZMQ_BLOCKY, 0);

  assert.equal(open(t, Router, { context }).getOption(constants.ZMQ_LINGER), 0);
  assert.equal(before.linger, -1);
});

test("[test_many_sockets] a context refuses the socket beyond its limit with EMFILE", (t) => {
  const context = new Context();
  context.setOption(constants.ZMQ_MAX_SOCKETS, 3);
  for (let i = 0; i < 3; i++) open(t, Pull, { context });

  throws(() => new Pull({ context }), "EMFILE");
});
