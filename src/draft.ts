/** The public entry of libzmq's draft socket types, as `zeromq/draft` has them, with Peer and Channel beside. */
export type { AddressedWritable } from "./api/draft/addressed.ts";
export { Channel } from "./api/draft/channel.ts";
export { Client, Server } from "./api/draft/client-server.ts";
export { Datagram } from "./api/draft/datagram.ts";
export { Peer } from "./api/draft/peer.ts";
export { Dish, type GroupOptions, Radio } from "./api/draft/radio-dish.ts";
export { Gather, Scatter } from "./api/draft/scatter-gather.ts";
export type { RoutingOptions } from "./api/draft/server-pattern.ts";
