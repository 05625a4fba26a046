/** What our types offer beyond the `zeromq` package's. Compile-only. */
import {
  Authenticator,
  type BatchOptions,
  type CallOptions,
  Context,
  CURVE_ALLOW_ANY,
  constants,
  curveKeyPair,
  curvePublicKey,
  type Dealer,
  envelopeOf,
  type jsonOf,
  type MessageLike,
  messageProperties,
  messageProperty,
  POLLIN,
  Poller,
  type ProxyDevice,
  type ProxyStatistics,
  Publisher,
  type Pull,
  Push,
  packageVersion,
  prepareCurve,
  proxy,
  type Router,
  replyTo,
  type Stream,
  Subscriber,
  Timers,
  unwrap,
  wrap,
  type XPublisher,
  ZmqError,
  type ZmqErrorCode,
  z85Decode,
  z85Encode,
} from "zmq-ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [never]): void {}

export async function calls(push: Push, pull: Pull, stream: Stream, xpub: XPublisher): Promise<void> {
  const { signal } = new AbortController();
  const options: CallOptions = { signal };
  await push.send("x", options);
  await push.send(["x", "y"], { signal });
  same<ReturnType<Push["trySend"]>, boolean>();
  same<ReturnType<Pull["tryReceive"]>, Buffer[] | undefined>();
  same<ReturnType<Pull["receive"]>, Promise<Buffer[]>>();
  same<ReturnType<Pull["receiveMany"]>, Promise<Buffer[][]>>();
  same<ReturnType<Stream["tryReceive"]>, [Buffer, Buffer] | undefined>();
  same<ReturnType<Pull["receiveString"]>, Promise<string>>();
  // unknown, not any: JSON from a peer has to be looked at first.
  same<ReturnType<Pull["receiveJson"]>, Promise<unknown>>();
  same<Push["waitingSends"], number>();
  await push.sendMany(["a", ["b", "c"], Buffer.of(1)], options);
  await push.sendMany(new Set(["a"]));
  await push.sendString("x", options);
  await push.sendJson({ a: 1 }, options);
  const batch: BatchOptions = { max: 5, signal };
  for await (const messages of pull.batches(batch)) same<typeof messages, Buffer[][]>();
  for await (const messages of stream.batches()) same<typeof messages, [Buffer, Buffer][]>();
  await pull.receive(options);
  await pull.events.receive(options);
  push.sendQueueLimit = 5;
  push.setOption(constants.ZMQ_LINGER, 0);
  push.setOption(constants.ZMQ_MAXMSGSIZE, 5n);
  push.setOption(constants.ZMQ_ROUTING_ID, Buffer.of(1));
  same<ReturnType<Push["getOption"]>, number | string | Buffer | null>();
  same<typeof constants.ZMQ_LINGER, 17>();
  push.reconnectStop =
    constants.ZMQ_RECONNECT_STOP_CONN_REFUSED | constants.ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED;
  xpub.welcomeMessage = "text";
  same<XPublisher["topicsCount"], number>();
  // @ts-expect-error read only
  xpub.topicsCount = 5;
  xpub.subscribe("a", Buffer.of(1));
  xpub.unsubscribe("a");
  // @ts-expect-error no signal, no option
  await push.send("x", { sginal: signal });
  // @ts-expect-error nothing to receive
  push.receiveMany;
  // @ts-expect-error nothing to send
  pull.sendMany;
}

export async function security(pull: Pull, push: Push): Promise<void> {
  same<typeof push.securityMechanism, null | "plain" | "curve" | "gssapi">();
  push.metadata = { "X-name": "value" };
  const message = await pull.receive();
  same<ReturnType<typeof messageProperty>, string | undefined>();
  const all: Record<string, string> = messageProperties(message);
  messageProperty(message[0]!, all["X-name"] ?? "User-Id");
  using authenticator = new Authenticator();
  authenticator.configurePlain({ verify: (name, password) => name === password });
  await authenticator.configureCurve({ verify: async (key) => ({ userId: key }) });
  await authenticator.configureCurve({ keys: CURVE_ALLOW_ANY });
  authenticator.on("denied", ({ reason }) => same<typeof reason, string>());
  // @ts-expect-error no such decision
  authenticator.on("maybe", () => {});
  // @ts-expect-error a text is no list of keys
  await authenticator.configureCurve({ keys: "abc" });
}

export async function devices(router: Router, dealer: Dealer, push: Push, pull: Pull): Promise<void> {
  const { signal } = new AbortController();
  const device: ProxyDevice = proxy(router, dealer, { capture: push, control: pull, signal });
  const promise: Promise<void> = device;
  same<ReturnType<ProxyDevice["statistics"]>, ProxyStatistics>();
  same<ProxyStatistics["backend"]["sent"]["bytes"], number>();
  await proxy(router, dealer, push);
  await promise;
  // @ts-expect-error no such option
  proxy(router, dealer, { captor: push });
  // @ts-expect-error read only
  device.isPaused = true;

  const poller = new Poller<Pull | Router>();
  poller.register(pull, POLLIN);
  // @ts-expect-error not of those that this poller is for
  poller.register(push);
  const timers = new Timers({ clock: performance });
  const id: number = timers.add(5, (timer) => timers.cancel(timer));
  timers.reset(id);
  for (const [item, events] of await poller.poll(timers.timeout(), { signal })) {
    same<typeof item, Pull | Router>();
    same<typeof events, number>();
  }
}

export async function envelopes(router: Router): Promise<void> {
  const request = await router.receive();
  const { envelope, body } = envelopeOf(request);
  same<typeof envelope, Buffer[]>();
  same<typeof body, Buffer[]>();
  same<ReturnType<typeof replyTo>, MessageLike[]>();
  same<ReturnType<typeof jsonOf>, unknown>();
  await router.send(replyTo(request, ["text", 5, null]));
  await router.send(wrap(unwrap(request).address, body));
  // @ts-expect-error a message is received, not written
  envelopeOf(["a", "", "b"]);
}

export async function scopes(): Promise<string> {
  await using context = new Context();
  await using publisher = new Publisher({ context });
  await using subscriber = new Subscriber({ context });
  subscriber.subscribe("");
  context.shutdown();
  await context.terminate();
  await context.destroy(0);
  return `${publisher.closed} ${packageVersion}`;
}

export function handled(error: unknown): ZmqErrorCode | undefined {
  if (!(error instanceof ZmqError)) return undefined;
  const { code, errno, address, status } = error;
  same<typeof errno, number | undefined>();
  same<typeof address, string | undefined>();
  same<typeof status, 300 | 400 | 500 | undefined>();
  // @ts-expect-error not a code of this library
  if (code === "EWHATEVER") return undefined;
  return code;
}

/** Keys are set as text or bytes, and read as text. */
export function curve(): void {
  const keys: { publicKey: string; secretKey: string } = curveKeyPair();
  const sealed = new Push({ curvePublicKey: keys.publicKey, curveServerKey: new Uint8Array(32) });
  sealed.curveSecretKey = z85Decode(keys.secretKey);
  const asRead: string | null = sealed.curveSecretKey;
  const derived: string = curvePublicKey(Buffer.alloc(32));
  const encoded: string = z85Encode(new Uint8Array(4));
  const backend: Promise<"libsodium" | "sodium-native"> = prepareCurve({ backend: "any" });
  // @ts-expect-error: a key is no number
  sealed.curveServerKey = 5;
  void [asRead, derived, encoded, backend];
}
