/** Publishing without losing anything. */
import { setImmediate as nextTurn } from "node:timers/promises";

/** Sends `count` messages, the ones of the pool in turn. */
export async function publish(socket, pool, count, quirks) {
  for (let i = 0; i < count; ) {
    try {
      await socket.send(pool[i % pool.length]);
      i++;
    } catch (error) {
      if (!quirks.noDropRejects || error.code !== "EAGAIN") throw error;
      await nextTurn();
    }
  }
}
