/** `ioThreads` with libzmq at the other end: what goes on while the program's own thread computes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { Context, Dealer, Pull } from "zmq-ts";
import { GREETING, ready } from "../support/interop-zmtp.ts";
import { PythonPeer } from "../support/python.ts";
import { open, soon, text } from "../support/sockets.ts";
import { inThread, sharedContext } from "../support/threads.ts";

const python = await PythonPeer.start();
const COUNT = 40;
const SIZE = 400_000;

/**
 * A DEALER that pings every 50 ms and a PUSH that lets one message wait. When told that its peer computes it sends COUNT
 * large messages, and sees two mute peers thrown out, one after the other: many times what a peer without PONGs has. What
 * it then tells: how many connections it has lost besides.
 */
const SCRIPT = `
import socket, sys, zmq
from zmq.utils.monitor import recv_monitor_message
pull, told, greeting = sys.argv[1:]
context = zmq.Context()
beat = context.socket(zmq.DEALER)
beat.heartbeat_ivl, beat.heartbeat_timeout = 50, 150
monitor = beat.get_monitor_socket(zmq.EVENT_DISCONNECTED)
port = beat.bind_to_random_port("tcp://127.0.0.1")
push, done = context.socket(zmq.PUSH), context.socket(zmq.PUSH)
push.sndhwm = 1
push.connect(pull)
done.connect(told)
print(port, flush=True)
beat.send(beat.recv())
for i in range(${COUNT}):
    push.send_multipart([str(i).encode(), bytes(${SIZE})])
for i in range(2):
    mute = socket.create_connection(("127.0.0.1", port))
    mute.sendall(bytes.fromhex(greeting))
    try:
        while mute.recv(4096): pass
    except ConnectionResetError: pass
    recv_monitor_message(monitor)
lost = 0
while monitor.poll(0):
    recv_monitor_message(monitor)
    lost += 1
done.send_string("lost %d" % lost)
`;

test("a thread that computes answers the PINGs of libzmq, and takes its messages", {
  skip: python.missing ?? false,
  timeout: 20_000,
}, async (t) => {
  const context = new Context({ ioThreads: 1 });
  t.after(() => context.destroy(0));
  const pull = open(t, Pull, { context, receiveHighWaterMark: COUNT });
  await pull.bind("tcp://127.0.0.1:*");
  const word = new Int32Array(new SharedArrayBuffer(4));
  const { shared } = sharedContext(t);
  // This thread will be deaf, so another hears what is told.
  const ear = inThread(
    t,
    shared,
    async (zmq, _context, word, say) => {
      const pull = new zmq.Pull();
      await pull.bind("tcp://127.0.0.1:*");
      say(pull.lastEndpoint);
      const [told] = await pull.receive();
      Atomics.store(word, 0, 1);
      Atomics.notify(word, 0);
      return String(told);
    },
    word,
  );
  const told = String(await soon(ear.said()));
  const mute = Buffer.concat([GREETING, ready("DEALER")]).toString("hex");
  const peer = spawn("/usr/bin/python3", ["-c", SCRIPT, pull.lastEndpoint!, told, mute], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => void peer.kill("SIGKILL"));
  const port = await soon(
    new Promise<string>((resolve) => createInterface({ input: peer.stdout }).once("line", resolve)),
  );
  const dealer = open(t, Dealer, { context });
  dealer.connect(`tcp://127.0.0.1:${port}`);
  await dealer.send("I compute");
  assert.deepEqual(text(await soon(dealer.receive())), ["I compute"]);

  // As good as computing: the event loop stands still.
  assert.notEqual(Atomics.wait(word, 0, 0, 15_000), "timed-out");

  assert.equal(await soon(ear.result), "lost 0");
  for (let i = 0; i < COUNT; i++) {
    const [number, body] = await soon(pull.receive());
    assert.equal(String(number), String(i));
    assert.equal(body!.length, SIZE);
  }
});
