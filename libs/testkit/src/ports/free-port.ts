import { createServer } from 'node:net';

/**
 * Below those that systems give to outgoing connections and to listeners of port 0 (Linux: from 32768 on): nobody takes such a port by
 * chance between now and its use, and a program that dials it while nobody listens does not meet itself.
 */
const [FIRST, COUNT] = [10_000, 20_000];
const start = Math.floor(Math.random() * COUNT);
let given = 0;

/** A TCP port that nobody listens on at this address; no port is given twice. */
export async function freePort(address: string): Promise<number> {
  while (given < COUNT) {
    const port = FIRST + ((start + given++) % COUNT);
    if (await isFree(address, port)) return port;
  }
  throw new Error(`all ports from ${FIRST} to ${FIRST + COUNT - 1} were given or are taken`);
}

function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });
}
