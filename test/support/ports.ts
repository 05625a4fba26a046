/** Ports that somebody has to know before they are bound. */
import { createServer } from "node:net";

/**
 * A TCP port that is free, and stays so: none of those that the system gives (from 32768 on), which it may give to a
 * connection of another test before it is used here.
 */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, host, () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
