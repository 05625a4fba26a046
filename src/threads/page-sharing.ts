/**
 * Contexts shared between a page and its workers: `inproc://` over shared memory, as between threads elsewhere, without
 * background threads for I/O. Pages have no events for workers that end, so each thread holds a lock (Web Locks API) for as
 * long as it lives; those who are connected to it wait for that lock.
 */
import type { ThreadSupport } from "../core/thread-support.ts";
import { ZmqError } from "../util/errors.ts";
import { isAlive, Membership, threadEnded, UNKNOWN_THREAD } from "./membership.ts";
import { SharedMemory } from "./shared-memory.ts";
import { InprocNames } from "./shared-names.ts";

interface Locks {
  request(name: string, granted: () => unknown): Promise<unknown>;
}

const { crossOriginIsolated = false, navigator } = globalThis as {
  crossOriginIsolated?: boolean;
  navigator?: { locks?: Locks };
};
const FORMAT = "zmq-ts context 1";
/** No other of the origin has it: 31 bits by chance. */
const ownThread = (crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1) + 1;
const lockOf = (thread: number) => `zmq-ts thread ${thread}`;
const watched = new Set<number>([ownThread]);
/** How often to look whether a member has its lock. */
const LOOK_EVERY_MS = 100;

/** This thread's lock is held: from then on others may wait for it. */
const announced: Promise<void> = new Promise((held) => {
  void navigator?.locks?.request(lockOf(ownThread), () => {
    held();
    return new Promise(() => {});
  });
});

/** When the lock of its thread can be had, the thread is no more. */
function watch(member: Membership, key: number): void {
  const thread = member.threadOf(key);
  if (thread === undefined) {
    if (isAlive(member.memory, key)) setTimeout(() => watch(member, key), LOOK_EVERY_MS);
    return;
  }
  if (watched.has(thread)) return;
  watched.add(thread);
  void navigator?.locks?.request(lockOf(thread), () => threadEnded(thread));
}

export const pageSupport: ThreadSupport = {
  share(table) {
    checkIsolation();
    return takePart(SharedMemory.create(), table);
  },

  join(shared, table) {
    checkIsolation();
    const { format, memory } = (shared ?? {}) as { format?: unknown; memory?: unknown };
    if (format !== FORMAT || !(memory instanceof SharedArrayBuffer))
      throw new TypeError("Context.from takes what share() of another thread's context gave");
    return takePart(new SharedMemory(memory), table);
  },
};

/** Without it pages cannot have shared memory at all. */
function checkIsolation(): void {
  if (crossOriginIsolated) return;
  throw new ZmqError(
    "ENOTSUP",
    "a page shares memory with its workers only when it is cross-origin isolated: serve it with the headers " +
      "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
  );
}

function takePart(
  memory: SharedMemory,
  table: Parameters<ThreadSupport["share"]>[0],
): ReturnType<ThreadSupport["share"]> {
  const member = Membership.join(memory, UNKNOWN_THREAD, false);
  void announced.then(() => member.setThread(member.key, ownThread));
  const names = new InprocNames(member, table);
  member.met = (key) => watch(member, key);
  member.offered = (link, target) => names.offered(link, target);
  member.listen();
  return {
    shared: { format: FORMAT, memory: memory.buffer },
    inBackground() {
      throw new ZmqError("ENOTSUP", "a page has no I/O threads: leave ioThreads at 0");
    },
    turn() {
      member.flush();
      return member.work();
    },
    get hasNews() {
      return member.hasRung;
    },
    flush: () => member.flush(),
    sleep: (seen, timeoutMs) => member.sleep(seen, timeoutMs),
    get isIdle() {
      return member.isIdle;
    },
    holdUnsent: () => member.holdUnsent(),
    leave: () => member.leaveWhenDone(),
  };
}
