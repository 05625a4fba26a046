/** A proxy between two endpoints, until SIGTERM. It drops nothing. */
import { attach, ready } from "./endpoint.mjs";

export async function proxy({ zmq, endpoint, hwm, type, figures }) {
  const options = { sendHighWaterMark: hwm, receiveHighWaterMark: hwm };
  const [front, back] =
    type === "router-dealer"
      ? [new zmq.Router(options), new zmq.Dealer(options)]
      : [new zmq.XSubscriber(options), new zmq.XPublisher({ ...options, noDrop: true })];
  const [frontEndpoint, backEndpoint] = endpoint.split(",");
  ready(await attach(front, frontEndpoint), await attach(back, backEndpoint));
  await new zmq.Proxy(front, back).run();
  return figures;
}
