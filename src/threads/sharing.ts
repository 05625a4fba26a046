/** How a context comes to share its names with those of other threads. */
import type { InprocTable } from "../core/inproc-table.ts";
import type { SharedContext, ThreadPart, ThreadSupport } from "../core/thread-support.ts";
import { IoPool } from "./io-pool.ts";
import { Membership } from "./membership.ts";
import { SharedMemory } from "./shared-memory.ts";
import { InprocNames } from "./shared-names.ts";
import { ownThread, watchThreads } from "./thread-ends.ts";

const FORMAT = "zmq-ts context 1";

export const threadSupport: ThreadSupport = {
  share(table, isBlocking) {
    return takePart(SharedMemory.create(), table, isBlocking);
  },

  join(shared, table, isBlocking) {
    const { format, memory } = (shared ?? {}) as Partial<SharedContext>;
    if (format !== FORMAT || !(memory instanceof SharedArrayBuffer))
      throw new TypeError("Context.from takes what share() of another thread's context gave");
    return takePart(new SharedMemory(memory), table, isBlocking);
  },
};

function takePart(memory: SharedMemory, table: InprocTable, isBlocking: boolean): ThreadPart {
  watchThreads();
  const member = Membership.join(memory, ownThread, isBlocking);
  const names = new InprocNames(member, table);
  const pool = new IoPool(member);
  member.offered = (link, target) => {
    if (target < 0) pool.offered(link, -target);
    else names.offered(link, target);
  };
  if (!isBlocking) member.listen();
  return {
    shared: { format: FORMAT, memory: memory.buffer },
    inBackground(transport, ioThreads) {
      pool.count = ioThreads;
      return pool.transport(transport);
    },
    turn() {
      member.flush();
      const seen = member.work();
      pool.hearAll();
      return seen;
    },
    get hasNews() {
      return member.hasRung;
    },
    flush: () => member.flush(),
    sleep: (seen, timeoutMs) => member.sleep(seen, timeoutMs),
    get isIdle() {
      return member.isIdle;
    },
    holdUnsent() {
      member.holdUnsent();
      pool.holdUnsent();
    },
    leave() {
      pool.stop();
      member.leaveWhenDone();
    },
  };
}
