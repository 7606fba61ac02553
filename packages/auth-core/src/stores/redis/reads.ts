// How a session is fetched: one HGET a read, and one write to the socket for all reads of one turn of the event loop.
//
//   read ─┐
//   read ─┼── until the turn ends ──> sendCommand for each ──> one write to the socket
//   read ─┘
//
// ioredis' own auto-pipelining does the same with two more promises a command, and holds every batch back until the one
// before it was answered: measured, it costs twice as much, and a slow command then delays what came after it.
// docs/decisions/0007-one-trip-to-redis.md has the figures.

import { Command, type Redis } from 'ioredis';
import { isCluster, type RedisClient } from './client.ts';

export type ReadField = (key: string, field: Buffer) => Promise<Buffer | null>;

export function createReadField(client: RedisClient): ReadField {
  // A Cluster finds the node of each command itself.
  return isCluster(client) ? (key, field) => client.hgetBuffer(key, field) : batched(client);
}

function batched(client: Redis): ReadField {
  let waiting: Read[] = [];
  let text: string | undefined;

  // ioredis writes a command here instead of to its socket. One that comes later than its batch (a wrapper around
  // sendCommand may hold it back) is written by itself.
  const sink = {
    write(command: string | Buffer) {
      const bytes = typeof command === 'string' ? command : command.toString('latin1');
      if (text === undefined) client.stream.write(bytes, 'latin1');
      else text += bytes;
    },
  };

  class Read extends Command {
    // A character a byte, so that all commands of a turn are one string: ioredis would make a Buffer of each.
    override toWritable(to: unknown): string | Buffer {
      const [key, field] = this.args as [string, Buffer];
      const name = Buffer.byteLength(key) === key.length ? key : Buffer.from(key).toString('latin1');
      const bytes = `*3\r\n$4\r\nhget\r\n$${name.length}\r\n${name}\r\n$${field.length}\r\n${field.toString('latin1')}\r\n`;
      // A wrapper around sendCommand may have lost where it was to go.
      return to === sink ? bytes : Buffer.from(bytes, 'latin1');
    }

    /** ioredis would start a timer for each command here, and change the command's shape when it clears it: see `limit`. */
    override setTimeout(): void {}
  }

  // From the first sendCommand to the write nothing else runs: answers come in the order in which ioredis queued the
  // commands, so they must be written in that order, too.
  function flush(): void {
    const batch = waiting;
    waiting = [];
    text = '';
    for (const command of batch) {
      try {
        client.sendCommand(command, sink as never);
      } catch (error) {
        // The others are sent all the same, and what ioredis has queued is written.
        command.reject(error as Error);
      }
    }
    if (text !== '') client.stream.write(text, 'latin1');
    text = undefined;
    limit(batch, client.options.commandTimeout);
  }

  return (key, field) => {
    const command = new Read('hget', [key, field], { replyEncoding: null });
    if (waiting.push(command) === 1) setImmediate(flush);
    return command.promise;
  };
}

/**
 * One deadline for all commands of a batch, from when they were given to ioredis. Answers come in the order of the commands,
 * so the last one's end is the end of all; if one was held back on its way, the deadline stays for it.
 */
function limit(batch: readonly Command[], ms: number | undefined): void {
  const timer = setTimeout(() => {
    for (const command of batch) if (!command.isSettled) command.reject(new Error('Command timed out'));
  }, ms);
  const release = () => {
    if (batch.every(({ isSettled }) => isSettled)) clearTimeout(timer);
  };
  batch.at(-1)?.promise.then(release, release);
}
