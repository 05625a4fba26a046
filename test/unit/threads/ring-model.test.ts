/**
 * The ring's protocol as a model, and every interleaving of it. The steps are those of `shared-ring.ts` and
 * `membership.ts`, one shared access a step; the memory is sequentially consistent, as `Atomics` are, and the plain bytes
 * are checked for being read as they were written. So that the model proves something, it is also run with each
 * precaution left out: every such mistake must be found.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

/** What may be left out. */
type Mistake =
  | "none"
  | "publish before the bytes are written"
  | "free before the bytes are copied"
  | "reader does not look again after READER_WAITS"
  | "writer does not look again before it sleeps"
  | "writer does not look at READER_WAITS"
  | "reader does not look at ROOM_AWAITED and DONE_AWAITED"
  | "sleeper reads the bell after its work"
  | "DONE is not told"
  | "closed is looked at after TAIL"
  | "the ring grows while bytes wait"
  | "SIZE is looked at before TAIL";

interface State {
  // Shared memory.
  slots: number[];
  size: number;
  tail: number;
  closed: number;
  head: number;
  done: number;
  readerWaits: number;
  roomAwaited: number;
  doneAwaited: number;
  readerBell: number;
  writerBell: number;
  // The writer: where in its program, what it wrote, what it saw.
  writerAt: string;
  sent: number;
  sawHead: number;
  sawDone: number;
  wantsMore: boolean;
  writerSeen: number;
  // The reader.
  readerAt: string;
  taken: number;
  given: number;
  sawTail: number;
  sawSize: number;
  sawClosed: number;
  readerSeen: number;
}

/** Places in the ring, and how many are in use at first: see `RingWriter.#grow`. */
const SIZE = 2;
const FIRST_SIZE = 1;
/** The mark: messages that may be under way. */
const MARK = 3;
const MESSAGES = 5;

const START: State = {
  slots: Array(SIZE).fill(-1),
  size: FIRST_SIZE,
  tail: 0,
  closed: 0,
  head: 0,
  done: 0,
  readerWaits: 0,
  roomAwaited: 0,
  doneAwaited: 0,
  readerBell: 0,
  writerBell: 0,
  writerAt: "wake",
  sent: 0,
  sawHead: 0,
  sawDone: 0,
  wantsMore: false,
  writerSeen: 0,
  readerAt: "wake",
  taken: 0,
  given: 0,
  sawTail: 0,
  sawSize: 0,
  sawClosed: 0,
  readerSeen: 0,
};

/** One step of the writer; undefined: it sleeps or has ended. */
function writerStep(s: State, mistake: Mistake): State | undefined {
  const n = { ...s };
  const hasRoom = () => n.sent - n.sawHead < s.size && n.sent - n.sawDone < MARK;
  const isEmpty = mistake === "the ring grows while bytes wait" || s.sawHead === s.sent;
  const grows = s.wantsMore && s.size < SIZE && isEmpty;
  switch (s.writerAt) {
    case "wake": // Doorbell.read, before any work
      n.writerSeen = s.writerBell;
      n.writerAt = "look";
      return n;
    case "look": // hasRoom: HEAD
      n.sawHead = s.head;
      n.writerAt = "look done";
      return n;
    case "look done": // hasCredit: DONE
      n.sawDone = s.done;
      n.writerAt = s.sent === MESSAGES ? "close" : grows ? "grow" : hasRoom() ? "write" : "announce";
      return n;
    case "grow":
      n.size = SIZE;
      n.writerAt = "look";
      return n;
    case "write": {
      if (mistake === "publish before the bytes are written") {
        n.tail = s.sent + 1;
        n.writerAt = "write late";
        return n;
      }
      n.slots = [...s.slots];
      n.slots[s.sent % s.size] = s.sent;
      n.writerAt = "publish";
      return n;
    }
    case "write late":
      n.slots = [...s.slots];
      n.slots[s.sent % s.size] = s.sent;
      n.sent = s.sent + 1;
      n.writerAt = "see";
      return n;
    case "publish":
      n.sent = s.sent + 1;
      n.tail = n.sent;
      n.writerAt = mistake === "writer does not look at READER_WAITS" ? "look" : "see";
      return n;
    case "see": // load READER_WAITS
      n.writerAt = s.readerWaits === 1 ? "exchange" : s.closed === 1 ? "end" : "look";
      return n;
    case "exchange":
      n.readerWaits = 0;
      n.writerAt = s.readerWaits === 1 ? "ring" : s.closed === 1 ? "end" : "look";
      return n;
    case "ring":
      n.readerBell = s.readerBell + 1;
      n.writerAt = s.closed === 1 ? "end" : "look";
      return n;
    case "announce":
      n.roomAwaited = 1;
      n.wantsMore = true;
      n.writerAt = "announce too";
      return n;
    case "announce too":
      n.doneAwaited = 1;
      n.writerAt = mistake === "writer does not look again before it sleeps" ? "sleep" : "look again";
      return n;
    case "look again":
      n.sawHead = s.head;
      n.writerAt = "look again done";
      return n;
    case "look again done":
      n.sawDone = s.done;
      n.writerAt = grows ? "grow" : hasRoom() ? "write" : "sleep";
      return n;
    case "sleep":
      if (mistake === "sleeper reads the bell after its work") {
        n.writerSeen = s.writerBell;
        n.writerAt = "asleep";
        return n;
      }
      n.writerAt = s.writerBell === s.writerSeen ? "asleep" : "wake";
      return n;
    case "asleep":
      if (s.writerBell === s.writerSeen) return undefined;
      n.writerAt = "wake";
      return n;
    case "close":
      n.closed = 1;
      n.writerAt = "see";
      return n;
    default:
      return undefined;
  }
}

/** One step of the reader. `taken`: copied out; `given`: read by the application, in steps of its own choosing. */
function readerStep(s: State, mistake: Mistake): State | undefined {
  const n = { ...s };
  switch (s.readerAt) {
    case "wake":
      n.readerSeen = s.readerBell;
      n.readerAt = "closed?";
      return n;
    case "closed?": // isWriterClosed, before available
      n.sawClosed = s.closed;
      if (mistake === "SIZE is looked at before TAIL") n.sawSize = s.size;
      if (mistake === "closed is looked at after TAIL") n.sawClosed = 0;
      n.readerAt = "look";
      return n;
    case "look": // available
      n.sawTail = s.tail;
      if (n.sawTail > s.taken) n.readerAt = "size";
      else if (mistake === "closed is looked at after TAIL") n.readerAt = "closed late?";
      else n.readerAt = s.sawClosed === 1 ? "end" : "announce";
      return n;
    case "size":
      if (mistake !== "SIZE is looked at before TAIL") n.sawSize = s.size;
      n.readerAt = "copy";
      return n;
    case "closed late?":
      n.readerAt = s.closed === 1 ? "end" : "announce";
      return n;
    case "copy": {
      if (mistake === "free before the bytes are copied") {
        n.head = s.taken + 1;
        n.readerAt = "copy late";
        return n;
      }
      assert.equal(
        s.slots[s.taken % s.sawSize],
        s.taken,
        "the reader saw bytes that are not those of the message",
      );
      n.taken = s.taken + 1;
      n.readerAt = n.taken < s.sawTail ? "copy" : "free";
      return n;
    }
    case "copy late":
      assert.equal(
        s.slots[s.taken % s.sawSize],
        s.taken,
        "the reader saw bytes that are not those of the message",
      );
      n.taken = s.taken + 1;
      n.readerAt = "freed?";
      return n;
    case "free":
      n.head = s.taken;
      n.readerAt = "freed?";
      return n;
    case "freed?": // load ROOM_AWAITED
      n.readerAt =
        mistake === "reader does not look at ROOM_AWAITED and DONE_AWAITED" || s.roomAwaited === 0
          ? "give"
          : "freed exchange";
      return n;
    case "freed exchange":
      n.roomAwaited = 0;
      n.readerAt = s.roomAwaited === 1 ? "freed ring" : "give";
      return n;
    case "freed ring":
      n.writerBell = s.writerBell + 1;
      n.readerAt = "give";
      return n;
    case "give": // the application has read all of it: DONE
      n.given = s.taken;
      if (mistake !== "DONE is not told") n.done = n.given;
      n.readerAt = "done?";
      return n;
    case "done?":
      n.readerAt =
        mistake === "reader does not look at ROOM_AWAITED and DONE_AWAITED" || s.doneAwaited === 0
          ? "closed?"
          : "done exchange";
      return n;
    case "done exchange":
      n.doneAwaited = 0;
      n.readerAt = s.doneAwaited === 1 ? "done ring" : "closed?";
      return n;
    case "done ring":
      n.writerBell = s.writerBell + 1;
      n.readerAt = "closed?";
      return n;
    case "announce":
      n.readerWaits = 1;
      n.readerAt = mistake === "reader does not look again after READER_WAITS" ? "sleep" : "look again";
      return n;
    case "look again":
      n.readerAt = s.tail > s.taken ? "closed?" : "look again closed";
      return n;
    case "look again closed":
      n.readerAt = s.closed === 1 ? "closed?" : "sleep";
      return n;
    case "sleep":
      if (mistake === "sleeper reads the bell after its work") {
        n.readerSeen = s.readerBell;
        n.readerAt = "asleep";
        return n;
      }
      n.readerAt = s.readerBell === s.readerSeen ? "asleep" : "wake";
      return n;
    case "asleep":
      if (s.readerBell === s.readerSeen) return undefined;
      n.readerAt = "wake";
      return n;
    default:
      return undefined;
  }
}

/** Walks all interleavings. Throws at the first that goes wrong; answers how many states there are. */
function explore(mistake: Mistake): number {
  const seen = new Set<string>();
  const pending: State[] = [START];
  while (pending.length > 0) {
    const state = pending.pop()!;
    const key = Object.values(state).join();
    if (seen.has(key)) continue;
    seen.add(key);
    const next = [writerStep(state, mistake), readerStep(state, mistake)].filter((one) => one !== undefined);
    if (next.length === 0) {
      assert.equal(state.writerAt, "end", "the writer sleeps for ever");
      assert.equal(state.readerAt, "end", "the reader sleeps for ever");
      assert.equal(state.given, MESSAGES, "messages were lost");
    }
    pending.push(...next);
  }
  return seen.size;
}

test("no interleaving of the ring's steps loses a message or a wake-up", () => {
  assert.ok(explore("none") > 5000);
});

const MISTAKES: readonly Mistake[] = [
  "publish before the bytes are written",
  "free before the bytes are copied",
  "reader does not look again after READER_WAITS",
  "writer does not look again before it sleeps",
  "writer does not look at READER_WAITS",
  "reader does not look at ROOM_AWAITED and DONE_AWAITED",
  "sleeper reads the bell after its work",
  "DONE is not told",
  "closed is looked at after TAIL",
  "the ring grows while bytes wait",
  "SIZE is looked at before TAIL",
];

for (const mistake of MISTAKES) {
  test(`the model finds what goes wrong when ${mistake}`, () => {
    assert.throws(() => explore(mistake), { code: "ERR_ASSERTION" });
  });
}
