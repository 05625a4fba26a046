/** As `zeromq-program.ts`, for the package's draft sockets. */
import type { Message } from "zeromq";
import { Client, Datagram, Dish, Gather, Radio, Scatter, Server } from "zeromq/draft.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [never]): void {}

export async function serve(): Promise<void> {
  const server = new Server({ linger: 0, sendTimeout: 10, receiveTimeout: 10 });
  await server.bind("tcp://127.0.0.1:*");
  const [question, about] = await server.receive();
  same<typeof question, Message>();
  same<typeof about.routingId, number>();
  await server.send(question, { routingId: about.routingId });
  for await (const [message, { routingId }] of server) await server.send(message, { routingId });
}

export async function ask(endpoint: string): Promise<string> {
  const client = new Client({ linger: 0 });
  client.connect(endpoint);
  await client.send("question");
  const [answer] = await client.receive();
  for await (const [message] of client) return String(message);
  return answer.toString("utf8");
}

export async function broadcast(): Promise<void> {
  const radio = new Radio();
  radio.connect("udp://239.1.2.3:5555");
  await radio.send("sunny", { group: "weather" });
  await radio.send(Buffer.from("sunny"), { group: Buffer.from("weather") });
}

export async function listen(): Promise<Buffer> {
  const dish = new Dish({ receiveHighWaterMark: 5 });
  dish.join("weather", Buffer.from("news"));
  dish.leave("news");
  await dish.bind("udp://*:5555");
  const [body, { group }] = await dish.receive();
  same<typeof group, Buffer>();
  return body;
}

export async function scatter(): Promise<void> {
  const [out, into] = [new Scatter({ conflate: true }), new Gather({ conflate: true })];
  out.conflate = into.conflate;
  await out.send("one part");
  const [part] = await into.receive();
  same<typeof part, Message>();
}

export async function datagrams(): Promise<void> {
  const datagram = new Datagram();
  await datagram.bind("udp://127.0.0.1:*");
  const [address, body] = await datagram.receive();
  await datagram.send([address, body]);
  await datagram.send(["127.0.0.1:5555", "hello"]);
}
