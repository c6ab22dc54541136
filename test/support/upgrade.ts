import type { Socket } from "node:net";

/** Takes an upgrade as RFC 6455 has it; `head` is the request's. */
export function acceptUpgrade(socket: Socket, head: string): void {
  const [, key = ""] = /^sec-websocket-key: (.*)\r$/im.exec(head) ?? [];
  const hash = new Bun.CryptoHasher("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${hash.digest("base64")}\r\n\r\n`,
  );
}
