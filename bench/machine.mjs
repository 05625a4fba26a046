/** What the figures were taken on. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, platform, release, totalmem } from "node:os";

export function describeMachine() {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    libzmq: libzmqVersion(),
    addon: addonVersion(),
  };
}

function libzmqVersion() {
  const { status, stdout } = spawnSync("pkg-config", ["--modversion", "libzmq"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

function addonVersion() {
  try {
    return JSON.parse(readFileSync(new URL("../node_modules/zeromq/package.json", import.meta.url), "utf8"))
      .version;
  } catch {
    return null;
  }
}
