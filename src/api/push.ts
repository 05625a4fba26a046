/** PUSH: to the connected PULLs in turn; waits while none has room. 30/PIPELINE "The PUSH Socket Type". */
import type { Message, Pattern } from "../core/pattern.ts";
import type { Pipe } from "../core/pipe.ts";
import { LoadBalancer } from "../routing/load-balancer.ts";
import { ZmqError } from "../util/errors.ts";
import type { PushAccessors } from "./accessors.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "./socket.ts";
import { makeWritable, type Writable } from "./writable.ts";

export class PushPattern implements Pattern {
  readonly #balancer = new LoadBalancer();

  attach(pipe: Pipe): void {
    this.#balancer.activate(pipe);
  }

  ready(): void {}

  detach(): void {}

  /** A PULL has nothing to say; what it says all the same is thrown away. */
  readable(pipe: Pipe): void {
    while (pipe.read() !== undefined);
  }

  writable(pipe: Pipe): void {
    this.#balancer.activate(pipe);
  }

  send(message: Message): boolean {
    return message.length === 0 || this.#balancer.write(message) !== undefined;
  }

  receive(): undefined {
    throw new ZmqError("ENOTSUP", "a PUSH socket cannot receive; use PULL at the other end");
  }

  canSend(): boolean {
    return this.#balancer.canWrite();
  }

  canReceive(): boolean {
    return false;
  }
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Push extends Socket {
  constructor(options?: SocketOptions<Push>) {
    super("PUSH", () => new PushPattern(), options);
  }
}

export interface Push extends Writable, PushAccessors {}

makeWritable(Push);
installOptions(Push, ownOptions("PUSH"));
