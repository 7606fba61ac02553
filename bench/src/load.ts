// Closed-loop load over plain sockets: each connection sends its next request as soon as the last one is answered.
// The load has to cost less than the fastest server, so it reads only the status and the length of an answer.

import { connect } from 'node:net';

export interface LoadOptions {
  readonly url: URL;
  /** The header of the next request that shows its credential, as one line with its line end; '' for none. */
  readonly nextHeader: () => string;
  readonly connections: number;
}

export interface Load {
  /** Sends requests until it is done, and waits for the last answers. @throws when a connection breaks. */
  run(isDone: () => boolean): Promise<LoadResult>;
  close(): void;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** How many answers took 0 to 10 µs, 10 to 20 µs and so on. The last element also counts everything above 1 s. */
  readonly latencies: Uint32Array;
  /** Answers whose status is not 200. */
  readonly refused: number;
}

const BUCKETS_PER_MS = 100;
const BUCKETS = 100_000;
const BUFFER_BYTES = 65_536;
const POLL_MS = 10;

export function openLoad({ url, nextHeader, connections }: LoadOptions): Load {
  const clients = Array.from({ length: connections }, () => openClient(url));
  return {
    async run(isDone) {
      const latencies = new Uint32Array(BUCKETS);
      const start = performance.now();
      let requests = 0;
      let refused = 0;
      let done = false;
      const watch = setInterval(() => {
        done = isDone();
      }, POLL_MS);
      const loops = clients.map(async (client) => {
        for (let sent = performance.now(); !done; requests++) {
          if ((await client.get(nextHeader())) !== '200') refused++;
          const now = performance.now();
          const bucket = Math.min(Math.floor((now - sent) * BUCKETS_PER_MS), BUCKETS - 1);
          latencies[bucket] = (latencies[bucket] ?? 0) + 1;
          sent = now;
        }
      });
      await Promise.all(loops).finally(() => clearInterval(watch));
      return { requests, refused, latencies, seconds: (performance.now() - start) / 1000 };
    },
    close() {
      for (const client of clients) client.close();
    },
  };
}

/** The latency below which the given share of all answers lies, in ms. */
export function readPercentile(latencies: Uint32Array, share: number): number {
  const total = latencies.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  const bucket = latencies.findIndex((count) => {
    seen += count;
    return seen >= share * total;
  });
  return (bucket + 1) / BUCKETS_PER_MS;
}

interface Client {
  /** Sends one request and answers the status. */
  get(header: string): Promise<string>;
  close(): void;
}

interface Waiting {
  resolve(status: string): void;
  reject(error: Error): void;
}

function openClient({ hostname, port, host, pathname }: URL): Client {
  const head = `GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\n`;
  let waiting: Waiting | undefined;
  let text = '';
  const socket = connect({
    host: hostname,
    port: Number(port),
    onread: {
      buffer: Buffer.allocUnsafe(BUFFER_BYTES),
      callback(length, buffer) {
        text += (buffer as Buffer).toString('latin1', 0, length);
        const size = computeSize(text);
        if (Number.isNaN(size)) socket.destroy(new Error(`An answer has no content-length:\n${text}`));
        if (!(text.length >= size)) return true;
        const status = text.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length);
        text = '';
        waiting?.resolve(status);
        return true;
      },
    },
  });
  socket.on('error', (error) => waiting?.reject(error));
  socket.on('close', () => waiting?.reject(new Error('The server closed the connection.')));
  return {
    get: (header) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(`${head}${header}\r\n`, 'latin1');
      }),
    close() {
      socket.destroy();
    },
  };
}

/** How long the answer is, by its content-length: Infinity until its head has arrived, NaN if the header is missing. */
function computeSize(text: string): number {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return Number.POSITIVE_INFINITY;
  return headEnd + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
}
