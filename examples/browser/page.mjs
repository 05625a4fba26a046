// The page's side: the same classes as in Node.js.
import { Request, Subscriber } from "zmq-ts";

const host = `ws://${location.hostname}:${location.port || 80}`;
const feed = new Subscriber();
feed.subscribe("load");
feed.connect(`${host}/feed`);
const request = new Request();
request.connect(`${host}/ask`);

const form = document.querySelector("form");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await request.sendString(form.question.value);
  document.querySelector("output").textContent = await request.receiveString();
});

const canvas = document.querySelector("canvas");
const pen = canvas.getContext("2d");
const values = [];
for await (const [, value] of feed) {
  values.push(Number(value));
  if (values.length > canvas.width) values.shift();
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.beginPath();
  for (const [x, y] of values.entries()) pen.lineTo(x, canvas.height - y);
  pen.stroke();
  document.querySelector("h2").textContent = `load ${value}`;
}
