// Encryption and authentication: a server that lets in one client and keeps out a stranger. Keys in files, as pyzmq's
// and CZMQ's tools read and write them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authenticator, createCertificates, loadCertificate, messageProperty, Reply, Request } from "zmq-ts";

const keys = await mkdtemp(join(tmpdir(), "keys-"));
const known = await mkdtemp(join(tmpdir(), "known-"));

// Once, on each machine: a key pair. The .key files are given away, the .key_secret files never leave.
await createCertificates(keys, "server");
await createCertificates(keys, "stranger");
const alice = await createCertificates(known, "alice", { metadata: { "X-name": "Alice" } });

// The server: only clients whose certificate is in the folder come in.
const authenticator = new Authenticator();
authenticator.on("allowed", ({ address }) => console.log("let in somebody from", address));
authenticator.on("denied", ({ address, reason }) =>
  console.log("kept out somebody from", address, "-", reason),
);
authenticator.start();
await authenticator.configureCurve({ folder: known });
const { secretKey } = await loadCertificate(join(keys, "server.key_secret"));
const server = new Reply({ curveServer: true, curveSecretKey: secretKey });
await server.bind("tcp://127.0.0.1:*");

// A client knows the server's public key, so that nobody else can pass for it.
const serverKey = (await loadCertificate(join(keys, "server.key"))).publicKey;
async function connect(secretFile) {
  const own = await loadCertificate(secretFile);
  const client = new Request({
    curvePublicKey: own.publicKey,
    curveSecretKey: own.secretKey,
    curveServerKey: serverKey,
    linger: 0,
  });
  client.connect(server.lastEndpoint);
  return client;
}

const client = await connect(alice.secretFile);
await client.send("What is the answer?");
const question = await server.receive();
console.log("the server got", String(question), "from", messageProperty(question, "X-name"));
await server.send("42");
console.log("the client got", await client.receiveString());

const stranger = await connect(join(keys, "stranger.key_secret"));
const refused = new Promise((resolve) => stranger.events.on("handshake:error:auth", resolve));
await stranger.send("Let me in!");
console.log("the stranger was refused with", (await refused).error.status);

for (const socket of [stranger, client, server]) socket.close();
authenticator.stop();
for (const folder of [keys, known]) await rm(folder, { recursive: true });
