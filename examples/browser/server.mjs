// A web application with a live page: a chart fed by a PUB socket, and a form that asks a REP socket, all on one port.
// Run it with `node examples/browser/server.mjs` after `npm run build`, and open the address that it prints.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { build } from "esbuild";
import { Publisher, Reply } from "zmq-ts";

const here = new URL(".", import.meta.url);
const script = await build({
  entryPoints: [new URL("page.mjs", here).pathname],
  bundle: true,
  format: "esm",
  platform: "browser",
  write: false,
});

const server = createServer(async ({ url }, response) => {
  if (url === "/page.js")
    response.setHeader("Content-Type", "text/javascript").end(script.outputFiles[0].text);
  else response.setHeader("Content-Type", "text/html").end(await readFile(new URL("index.html", here)));
});
await new Promise((resolve) => server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", resolve));
const { port } = server.address();

// Only this application's own pages may connect.
const webOrigins = `http://127.0.0.1:${port} http://localhost:${port}`;
const feed = new Publisher({ webOrigins });
await feed.bind("ws://*:*/feed", { server });
const reply = new Reply({ webOrigins });
await reply.bind("ws://*:*/ask", { server });
console.log(`open http://127.0.0.1:${port}`);

let value = 50;
setInterval(() => {
  value = Math.max(0, Math.min(100, value + Math.random() * 10 - 5));
  feed.send(["load", value.toFixed(1)]);
}, 100);

for await (const [question] of reply)
  await reply.send(`${question}, backwards: ${[...String(question)].reverse().join("")}`);
