// Free ports, found by binding them. They lie below the range that the kernel hands out by itself
// (32768 and up on Linux), so no other program's short-lived port lands among them.
import dgram from "node:dgram";
import net from "node:net";

const FIRST = 10_240;
const LAST = 32_000;
const claimed = new Set();

function bindUdp(port) {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket("udp4");
    socket.once("error", reject);
    socket.bind({ port, address: "0.0.0.0", exclusive: true }, () => resolve(socket));
  });
}

function bindTcp(port) {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () => resolve(server));
  });
}

async function isFree(port) {
  const open = [];
  try {
    open.push(await bindUdp(port), await bindTcp(port));
    return true;
  } catch {
    return false;
  } finally {
    await Promise.all(open.map((one) => new Promise((done) => one.close(done))));
  }
}

/** The first of `count` ports in a row, free for UDP and TCP; never handed out twice in one process. */
export async function claimPorts(count) {
  for (let attempt = 0; attempt < 100; ++attempt) {
    const first = 2 * Math.floor((FIRST + Math.random() * (LAST - FIRST - count)) / 2);
    const ports = Array.from({ length: count }, (_, i) => first + i);
    if (ports.some((port) => claimed.has(port))) continue;
    if (!(await Promise.all(ports.map(isFree))).every(Boolean)) continue;
    ports.forEach((port) => claimed.add(port));
    return first;
  }
  throw new Error(`no ${count} free ports in a row between ${FIRST} and ${LAST}`);
}
