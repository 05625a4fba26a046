// Ironhouse client: PULL socket, expects "Hello" from the server whose public key it has.
import * as zmq from "zmq-ts/sync";

const [keys = "keys", name = "client", endpoint = "tcp://localhost:9000", timeout = "2000"] =
  process.argv.slice(2);

const context = new zmq.Context();
const client = context.socket(zmq.PULL);
const [clientPublic, clientSecret] = zmq.loadCertificate(`${keys}/${name}.key_secret`);
client.setsockopt(zmq.CURVE_PUBLICKEY, clientPublic);
client.setsockopt(zmq.CURVE_SECRETKEY, clientSecret);
const [serverPublic] = zmq.loadCertificate(`${keys}/server.key`);
client.setsockopt(zmq.CURVE_SERVERKEY, serverPublic);
client.setsockopt(zmq.RCVTIMEO, Number(timeout));
client.connect(endpoint);

try {
  console.log(client.recvString());
} catch (error) {
  console.log(error.code);
}
