/** How a context comes to share its names with those of other threads. */
import type { InprocTable } from "../core/inproc-table.ts";
import type { SharedContext, ThreadPart, ThreadSupport } from "../core/thread-support.ts";
import { Membership } from "./membership.ts";
import { SharedMemory } from "./shared-memory.ts";
import { InprocNames } from "./shared-names.ts";
import { ownThread, watchThreads } from "./thread-ends.ts";

const FORMAT = "zmq-ts context 1";

export const threadSupport: ThreadSupport = {
  share(table) {
    return takePart(SharedMemory.create(), table);
  },

  join(shared, table) {
    const { format, memory } = (shared ?? {}) as Partial<SharedContext>;
    if (format !== FORMAT || !(memory instanceof SharedArrayBuffer))
      throw new TypeError("Context.from takes what share() of another thread's context gave");
    return takePart(new SharedMemory(memory), table);
  },
};

function takePart(memory: SharedMemory, table: InprocTable): ThreadPart {
  watchThreads();
  const member = new Membership(memory, ownThread, false);
  const names = new InprocNames(member, table);
  member.offered = (link, target) => names.offered(link, target);
  return {
    shared: { format: FORMAT, memory: memory.buffer },
    holdUnsent: () => member.holdUnsent(),
    leave: () => member.leaveWhenDone(),
  };
}
