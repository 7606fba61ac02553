// A name server on loopback: it answers A queries from a table that a test changes.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface NameServer {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** IPv4 addresses by name. */
  readonly table: Map<string, readonly string[]>;
  stop(): Promise<void>;
}

const HEADER = 12;
const NO_SUCH_NAME = 3;

export async function startNameServer(): Promise<NameServer> {
  const table = new Map<string, readonly string[]>();
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => socket.send(formatAnswer(question, table), from.port, from.address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    table,
    async stop() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

/** RFC 1035, 4.1: the query again, and an answer for each address, valid for a minute. */
function formatAnswer(question: Buffer, table: NameServer['table']): Buffer {
  const labels: string[] = [];
  let at = HEADER;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const asked = question.subarray(HEADER, at + 5);
  const addresses = table.get(labels.join('.'));
  const header = Buffer.from(question.subarray(0, HEADER));
  header.writeUInt16BE(0x8180 | (addresses === undefined ? NO_SUCH_NAME : 0), 2);
  [1, addresses?.length ?? 0, 0, 0].forEach((count, index) => void header.writeUInt16BE(count, 4 + 2 * index));
  const answers = (addresses ?? []).map((address) =>
    Buffer.from([0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([header, asked, ...answers]);
}
