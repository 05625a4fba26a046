// Weather update client: connects a SUB socket, collects five updates and finds the average temperature.
import * as zmq from "zmq-ts/sync";

const [endpoint = "tcp://localhost:5556", zipFilter = "10001"] = process.argv.slice(2);

const context = new zmq.Context();
const socket = context.socket(zmq.SUB);
socket.connect(endpoint);
socket.setsockopt(zmq.SUBSCRIBE, zipFilter);

let totalTemperature = 0;
for (let update = 0; update < 5; update++) {
  const [zipcode, temperature] = socket.recvString().split(" ");
  console.log(`Update ${update} for ${zipcode}`);
  totalTemperature += Number(temperature);
}
console.log(`Average temperature for zipcode '${zipFilter}' was ${totalTemperature / 5} F`);
