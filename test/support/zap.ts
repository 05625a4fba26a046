/** ZAP handlers for tests: a socket bound to the well-known name of a context of its own. */
import type { TestContext } from "node:test";
import { Context, Reply, Router } from "zmq-ts";

export const ZAP_ENDPOINT = "inproc://zeromq.zap.01";

/** A context that ends, with all its sockets, when the test is over. */
export function openContext(t: TestContext): Context {
  const context = new Context();
  t.after(() => context.destroy(0));
  return context;
}

/** A request as text; binary credentials in hex. */
export interface Question {
  version: string;
  requestId: string;
  domain: string;
  address: string;
  routingId: string;
  mechanism: string;
  credentials: string[];
}

export type Answer = (question: Question) => (string | Uint8Array)[];

export interface Handler {
  readonly socket: Reply | Router;
  readonly questions: Question[];
  /** Resolves with the n-th question, from 0. */
  asked(n: number): Promise<Question>;
}

export function ok(userId = "", metadata: Uint8Array = Buffer.alloc(0)): Answer {
  return (question) => [question.version, question.requestId, "200", "OK", userId, metadata];
}

export function says(status: string, text = "no"): Answer {
  return (question) => [question.version, question.requestId, status, text, "", ""];
}

/** Metadata as 27/ZAP has them. */
export function metadata(entries: Record<string, string>): Buffer {
  return Buffer.concat(
    Object.entries(entries).map(([name, value]) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(value));
      return Buffer.concat([Buffer.of(name.length), Buffer.from(name), length, Buffer.from(value)]);
    }),
  );
}

/** A handler that answers each question as `answer` says, until its context ends. */
export function handle(context: Context, answer: Answer, type: "REP" | "ROUTER" = "REP"): Handler {
  const socket = type === "REP" ? new Reply({ context }) : new Router({ context });
  socket.bindSync(ZAP_ENDPOINT);
  const questions: Question[] = [];
  const waiting: (() => void)[] = [];
  const serve = async (): Promise<void> => {
    for await (const frames of socket) {
      const delimiter = type === "ROUTER" ? 2 : 0;
      const envelope = frames.slice(0, delimiter);
      const [version, requestId, domain, address, routingId, mechanism, ...credentials] = frames
        .slice(delimiter)
        .map((frame, i, all) =>
          i === 6 && String(all[5]) === "CURVE" ? frame.toString("hex") : String(frame),
        );
      const question = { version, requestId, domain, address, routingId, mechanism, credentials } as Question;
      questions.push(question);
      for (const wake of waiting.splice(0)) wake();
      await socket.send([...envelope, ...answer(question)]);
    }
  };
  // The context's end is the handler's.
  serve().catch((error: unknown) => {
    if ((error as { code?: string }).code !== "ETERM" && !socket.closed) throw error;
  });
  return {
    socket,
    questions,
    async asked(n) {
      while (questions.length <= n) await new Promise<void>((resolve) => waiting.push(resolve));
      return questions[n]!;
    },
  };
}
