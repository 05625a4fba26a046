import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pipe } from "#src/core/pipe.js";
import type { Message } from "#src/engine/connection.js";
import { ZmqError } from "#src/util/errors.js";
import { makePipe, message, text } from "../../support/pipe.ts";

/** Writes until the pipe refuses and says how many it took. */
function fill(write: () => boolean, most = 10_000): number {
  let count = 0;
  while (count < most && write()) count++;
  return count;
}

test("messages come out at the far end in the order they were written, each way by itself", () => {
  const { near, far } = makePipe();

  near.write(message("a"));
  near.write(message("b", "", "c"));
  far.write(message("back"));

  assert.deepEqual([text(far.read()), text(far.read()), text(far.read())], ["a", "b||c", undefined]);
  assert.deepEqual([text(near.read()), text(near.read())], ["back", undefined]);
});

test("the far owner is told only when an empty queue gets its first message", () => {
  const { near, far, farOwner } = makePipe();

  near.write(message("a"));
  near.write(message("b"));
  assert.deepEqual(farOwner.log, ["readable"]);
  far.read();
  near.write(message("c"));
  assert.deepEqual(farOwner.log, ["readable"]);
  far.read();
  far.read();
  near.write(message("d"));

  assert.deepEqual(farOwner.log, ["readable", "readable"]);
});

test("what a read makes room for is not told of before the reader has what it read", () => {
  const { near, far, nearOwner, farOwner } = makePipe(1);
  near.write(message("first"));
  assert.equal(near.write(message("refused")), false);
  farOwner.log.length = 0;
  nearOwner.onWritable = () => void near.write(message("second"));

  assert.equal(text(far.read()), "first");

  // From in there an engine would have sent the second, the first still in its hands.
  assert.deepEqual(farOwner.log, []);
  assert.equal(text(far.read()), "second");
});

for (const limit of [1, 2, 3, 10, 1000]) {
  const step = Math.floor((limit + 1) / 2);
  test(`a pipe with a high-water mark of ${limit} takes ${limit} messages and opens again after ${step} were read`, () => {
    const { near, far, nearOwner } = makePipe(limit);

    assert.equal(
      fill(() => near.write(message("x", "y"))),
      limit,
      "a message of two frames counts once",
    );
    assert.equal(near.canWrite, false);
    for (let i = 1; i < step; i++) far.read();
    assert.deepEqual(nearOwner.log, []);
    assert.equal(near.canWrite, false);
    far.read();

    assert.deepEqual(nearOwner.log, ["writable"]);
    assert.equal(
      fill(() => near.write(message("z"))),
      step,
    );
  });
}

test("a refused message leaves nothing behind", () => {
  const { near, far } = makePipe(1);
  near.write(message("a"));

  assert.equal(near.write(message("b")), false);

  assert.deepEqual([text(far.read()), text(far.read())], ["a", undefined]);
});

test("a writer that was never refused is not told of room", () => {
  const { near, far, nearOwner } = makePipe(2);
  near.write(message("a"));
  near.write(message("b"));

  far.read();
  far.read();

  assert.deepEqual(nearOwner.log, []);
});

test("a high-water mark of 0 means no limit", () => {
  const { near } = makePipe(0);

  assert.equal(
    fill(() => near.write(message("x")), 5000),
    5000,
  );
  assert.equal(near.canWrite, true);
});

test("each direction has its own high-water mark", () => {
  const { near, far } = makePipe(2, 3);

  assert.equal(
    fill(() => near.write(message("x"))),
    2,
  );
  assert.equal(
    fill(() => far.write(message("x"))),
    3,
  );
});

test("a higher mark opens a full pipe at once", () => {
  const { near, nearOwner } = makePipe(1);
  near.write(message("a"));
  near.write(message("b"));

  near.setLimit(2);

  assert.deepEqual(nearOwner.log, ["writable"]);
  assert.equal(near.write(message("b")), true);
});

test("the mark for what arrives can be set from the reading end", () => {
  const { near, far, farOwner } = makePipe(0, 1);
  assert.equal(
    fill(() => far.write(message("x"))),
    1,
  );

  near.setInboundLimit(3);

  assert.deepEqual(farOwner.log, ["writable"]);
  assert.equal(
    fill(() => far.write(message("x"))),
    2,
  );
});

for (const [before, after] of [
  [0, 10],
  [1000, 1],
  [1000, 10],
]) {
  test(`[test_sockopt_hwm] a mark lowered from ${before} to ${after} does not count what was read long ago`, () => {
    const { near, far } = makePipe(before);
    for (let i = 0; i < 499; i++) {
      near.write(message("x"));
      far.read();
    }

    near.setLimit(after);

    assert.equal(near.canWrite, true, "nothing waits in the queue");
    assert.equal(
      fill(() => near.write(message("x"))),
      after,
    );
    while (far.read() !== undefined);
    assert.equal(near.canWrite, true);
  });
}

test("[test_sockopt_hwm] a pipe that is full beyond a lowered mark opens when enough was read", () => {
  const { near, far, nearOwner } = makePipe(10);
  fill(() => near.write(message("x")));
  near.setLimit(2);
  assert.equal(near.canWrite, false);

  let reads = 0;
  while (nearOwner.log.length === 0 && far.read() !== undefined) reads++;

  assert.equal(reads, 9);
});

test("writeAlways goes past the mark, and what it wrote counts", () => {
  const { near, far } = makePipe(1);
  near.write(message("a"));

  near.writeAlways(message("b"));
  near.writeAlways(message("c"));

  assert.equal(near.outboundLength, 3);
  assert.equal(near.canWrite, false);
  assert.deepEqual([text(far.read()), text(far.read()), text(far.read())], ["a", "b", "c"]);
  assert.equal(near.canWrite, true);
});

test("conflate keeps the newest message only, and is never full", () => {
  const { near, far, farOwner } = makePipe(1);
  far.conflate = true;

  for (const name of ["a", "b", "c"]) assert.equal(near.write(message(name)), true);

  assert.equal(near.outboundLength, 1);
  assert.equal(text(far.read()), "c");
  assert.equal(far.read(), undefined);
  assert.ok(farOwner.log.includes("readable"));
});

// ---- memory

test("frames up to 128 bytes are copied, so the sender may use the memory again; larger ones are not", () => {
  const { near, far } = makePipe();
  const small = Buffer.alloc(128, 1);
  const large = Buffer.alloc(129, 1);

  const sent = [small, large];
  near.write(sent);
  small.fill(2);
  const [first, second] = far.read()!;

  assert.equal(
    first.every((byte) => byte === 1),
    true,
  );
  assert.equal(second, large);
  assert.notEqual(first, small);
});

test("the array of a message that goes to many pipes is not shared", () => {
  const { near, far } = makePipe();
  const sent = message("a");

  near.write(sent, true);
  const got = far.read()!;
  got.push(Buffer.from("more"));

  assert.equal(sent.length, 1);
});

test("what an engine writes is not copied: the bytes are the socket's already", () => {
  const { near, far } = makePipe(0, 0, false);
  const frame = Buffer.from("x");

  far.write([frame]);

  assert.equal(near.read()![0], frame);
});

test("between two sockets both directions copy", () => {
  const { near, far } = makePipe(0, 0, true);
  const frame = Buffer.from("x");

  far.write([frame]);

  assert.notEqual(near.read()![0], frame);
});

// ---- hunger

test("a hungry end is given messages past the queue", () => {
  const { near, far, farOwner } = makePipe(1);
  far.isHungry = true;
  const sent = message("a");

  assert.equal(near.write(sent), true);

  assert.deepEqual(farOwner.taken, [sent]);
  assert.equal(near.outboundLength, 0);
  assert.deepEqual(farOwner.log, []);
});

test("a hungry end that will not take the message after all finds it in the queue", () => {
  const { near, far, farOwner } = makePipe(1);
  far.isHungry = true;
  farOwner.takes = false;

  assert.equal(near.write(message("a")), true);
  near.writeAlways(message("b"));

  assert.deepEqual([text(far.read()), text(far.read())], ["a", "b"]);
});

// ---- the end

test("what was written before close can be read after it, then the reader is told of the end, once", () => {
  const { near, far, farOwner } = makePipe();
  near.write(message("a"));
  near.write(message("b"));

  near.close();

  assert.deepEqual(farOwner.log, ["readable"]);
  assert.equal(text(far.read()), "a");
  assert.equal(text(far.read()), "b");
  assert.deepEqual(farOwner.log, ["readable"], "not together with the last message");
  assert.equal(far.read(), undefined);
  assert.equal(far.read(), undefined);
  assert.deepEqual(farOwner.log, ["readable", "closed"]);
});

test("closing with nothing unread tells the other end at once", () => {
  const { near, nearOwner, farOwner } = makePipe();

  near.close();
  near.close();

  assert.deepEqual(farOwner.log, ["closed"]);
  assert.deepEqual(nearOwner.log, []);
});

test("closing with discard drops what the other end has not read", () => {
  const { near, far, farOwner } = makePipe();
  near.write(message("a"));

  near.close(true);

  assert.equal(far.read(), undefined);
  assert.deepEqual(farOwner.log, ["readable", "closed"]);
});

test("discard after a plain close still drops", () => {
  const { near, far, farOwner } = makePipe();
  near.write(message("a"));
  near.close();

  near.close(true);

  assert.equal(far.canRead, false);
  assert.deepEqual(farOwner.log, ["readable", "closed"]);
});

test("a closed end reads nothing, not even what was there", () => {
  const { near, far } = makePipe();
  far.write(message("a"));

  near.close();

  assert.equal(near.read(), undefined);
  assert.equal(near.canRead, false);
});

test("nothing can be written to either end of a closed pipe", () => {
  const { near, far } = makePipe();
  near.close();

  for (const end of [near, far]) {
    assert.equal(end.canWrite, false);
    assert.equal(end.write(message("a")), false);
    end.writeAlways(message("a"));
  }

  assert.equal(near.canRead, false);
  assert.equal(far.canRead, false);
  assert.equal(far.isPeerClosed, true);
  assert.equal(near.isPeerClosed, false);
});

test("an end that has closed is told nothing any more", () => {
  const { near, far, nearOwner } = makePipe(1);
  near.write(message("a"));
  near.write(message("b"));
  near.close();

  far.read();
  far.read();
  far.close();

  assert.deepEqual(nearOwner.log, []);
});

test("reject drops what is unsent and tells the other end why", () => {
  const { near, far, farOwner } = makePipe();
  const error = new ZmqError("EPROTO", "no delimiter");
  near.write(message("a"));

  near.reject(error);

  assert.equal(far.reason, error);
  assert.deepEqual(farOwner.log, ["readable", "closed"]);
});

const names = (count: number) => Array.from({ length: count }, (_, i) => String(i));

/** As frames of ZMTP 2. */
function encoded(messages: Message[]): Buffer {
  return Buffer.concat(
    messages.flatMap((frames) =>
      frames.flatMap((frame, i) => [Buffer.of(i < frames.length - 1 ? 1 : 0, frame.length), frame]),
    ),
  );
}

function readAll(pipe: Pipe): (string | undefined)[] {
  const read: (string | undefined)[] = [];
  for (let next = pipe.read(); next !== undefined; next = pipe.read()) read.push(text(next));
  return read;
}

test("whole messages of a chunk are taken in one step and read one by one, after those that were there", () => {
  const { near, far, nearOwner } = makePipe(1000, 1000);
  const chunk = encoded([message("a"), message("b", "", "c"), message("d")]);
  far.deliver(message("first"));

  const to = far.forward(Buffer.concat([Buffer.of(9, 9), chunk, Buffer.of(0, 5, 1)]), 2, 1000);
  far.deliver(message("last"));

  assert.equal(to, 2 + chunk.length);
  assert.equal(near.inboundLength, 5);
  assert.deepEqual(readAll(near), ["first", "a", "b||c", "d", "last"]);
  assert.deepEqual(nearOwner.log, ["readable"]);
});

test("of a chunk's messages so many are taken as the mark allows, and the writer hears of room for the others", () => {
  const { near, far, nearOwner, farOwner } = makePipe(100, 100);
  const chunk = encoded(names(150).map((name) => message(name)));
  let at = far.forward(chunk, 0, 1000);
  assert.equal(near.inboundLength, 100);
  assert.equal(far.hasRoom(), false);
  assert.equal(far.forward(chunk, at, 1000), at);
  farOwner.onWritable = (pipe) => {
    at = pipe.forward(chunk, at, 1000);
  };

  assert.deepEqual(readAll(near), names(150));
  assert.equal(at, chunk.length);
  assert.deepEqual(nearOwner.log, ["readable"], "for the reader the queue was never empty");
});

test("many are read in one step past what the mark allowed at first", () => {
  const { near, far, farOwner } = makePipe(100, 100);
  const chunk = encoded(names(250).map((name) => message(name)));
  let at = far.forward(chunk, 0, 1000);
  far.hasRoom();
  farOwner.onWritable = (pipe) => {
    at = pipe.forward(chunk, at, 1000);
    pipe.hasRoom();
  };

  const read: Message[] = [];
  near.readMany(read, 140);
  near.readMany(read, 140);

  assert.deepEqual(read.map(text), names(250));
});

test("nothing is taken as it is for a queue of one, an end that is closed, or beyond the size that is allowed", () => {
  const chunk = encoded([message("long"), message("a")]);
  const { near, far } = makePipe(100, 100);
  assert.equal(far.forward(chunk, 0, 3), 0);
  near.conflate = true;
  assert.equal(far.forward(chunk, 0, 1000), 0);
  near.conflate = false;
  near.close();
  assert.equal(far.forward(chunk, 0, 1000), 0);
});

test("a pipe that closes drops what waits in a chunk", () => {
  const { near, far } = makePipe(100, 100);
  far.forward(encoded(names(10).map((name) => message(name))), 0, 1000);
  assert.equal(text(near.read()), "0");
  far.close(true);

  assert.equal(near.inboundLength, 0);
  assert.equal(near.read(), undefined);
});

test("an end that comes from inside the read of the last message is told by the next one", () => {
  const { near, far, nearOwner, farOwner } = makePipe(1, 1);
  far.deliver(message("last"));
  farOwner.onWritable = (pipe) => pipe.close();

  assert.equal(text(near.read()), "last");
  assert.deepEqual(nearOwner.log, ["readable"]);
  assert.equal(near.read(), undefined);
  assert.deepEqual(nearOwner.log, ["readable", "closed"]);
});
