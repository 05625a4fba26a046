/** The program of a helper thread: see `helper.ts`. Nobody imports it. */
import { workerData } from "node:worker_threads";
import { Context } from "../api/context.ts";
import { Authenticator } from "../tools/authenticator.ts";
import { createCertificates, loadCertificate } from "../tools/certificate.ts";
import type { Call, HelperData, Told } from "./helper.ts";
import { toPlainError } from "./helper-messages.ts";

const { port, answered, shared } = workerData as HelperData;
const words = new Int32Array(answered);
const context = shared === undefined ? undefined : Context.from(shared);
const authenticator = context === undefined ? undefined : new Authenticator({ context });

const tell = (told: Told) => port.postMessage(told);
for (const type of ["allowed", "denied", "error"] as const) {
  authenticator?.on(type, ({ error, ...event }) =>
    tell({ event: error === undefined ? event : { ...event, error: toPlainError(error) } }),
  );
}

const METHODS: Readonly<Record<string, (...args: never[]) => unknown>> = {
  start: () => authenticator!.start(),
  async stop() {
    authenticator!.stop();
    await context!.destroy(0);
  },
  allow: (...addresses: string[]) => authenticator!.allow(...addresses),
  deny: (...addresses: string[]) => authenticator!.deny(...addresses),
  configurePlain: (options: Parameters<Authenticator["configurePlain"]>[0]) =>
    authenticator!.configurePlain(options),
  configureCurve: (options: Parameters<Authenticator["configureCurve"]>[0]) =>
    authenticator!.configureCurve(options),
  createCertificates,
  loadCertificate,
};

port.on("message", async ({ method, arguments: args }: Call) => {
  try {
    tell({ result: await METHODS[method]!(...(args as never[])) });
  } catch (error) {
    tell({ error: toPlainError(error) });
  }
  Atomics.add(words, 0, 1);
  Atomics.notify(words, 0);
});
