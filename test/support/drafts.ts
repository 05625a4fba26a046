/** For tests of the draft sockets: knowing when a RADIO has heard what its DISHes have joined. */
import type { Dish, Radio } from "zmq-ts/draft";
import { soon, turns } from "./sockets.ts";

/** No zero byte: the names of libzmq end there. */
const SYNC = "~sync";
const PATIENCE_MS = 5000;

/** The part of both libraries' classes that this file uses. */
export type AnyRadio = Pick<Radio, "send"> | { send(body: string, about: { group: string }): Promise<void> };
export interface AnyDish {
  join(...groups: string[]): void;
  leave(...groups: string[]): void;
  receive(): Promise<[Buffer, { group: Buffer }]>;
}

/** Waits until the RADIO knows all that the DISHes have joined and left so far: both keep their order. */
export async function joined(radio: AnyRadio, ...dishes: AnyDish[]): Promise<void> {
  const unheard = new Set(dishes);
  for (const dish of dishes) {
    dish.join(SYNC);
    void dish.receive().then(() => unheard.delete(dish));
  }
  const deadline = Date.now() + PATIENCE_MS;
  while (unheard.size > 0) {
    if (Date.now() > deadline) throw new Error("a join never reached the RADIO");
    await radio.send("on", { group: SYNC });
    // Not one every turn: where the machine is busy, the last word must not meet a full queue.
    for (let turn = 0; turn < 100 && unheard.size > 0; turn++) await turns();
  }
  await radio.send("over", { group: SYNC });
  for (const dish of dishes) {
    while (String((await soon(dish.receive(), "the end of the synchronisation"))[0]) !== "over");
    dish.leave(SYNC);
  }
}

/** The next message of a DISH, as `group: body`. */
export async function next(dish: AnyDish | Dish): Promise<string> {
  const [body, { group }] = await soon(dish.receive(), "a message of a group");
  return `${group}: ${body}`;
}
