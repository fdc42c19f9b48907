import { RibService } from '@bgp/api-proto';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { answerWith, planOf } from './answering.ts';

/** A client of the API that lists the table over and over and watches it, until it is killed in the middle. */
export interface ClientPlan {
  readonly socket: string;
}

const { socket } = planOf<ClientPlan>();
const rib = createClient(
  RibService,
  createConnectTransport({ baseUrl: 'http://localhost', httpVersion: '1.1', nodeOptions: { socketPath: socket } }),
);

async function list(): Promise<void> {
  for (let pageToken = ''; ; ) {
    const page = await rib.listBestRoutes({ pageSize: 50, pageToken });
    pageToken = page.nextPageToken;
    if (pageToken === '') return;
  }
}

async function watch(): Promise<void> {
  for await (const _event of rib.watchRoutes({})) {
    // reading is all that it does
  }
}

const forever = async (once: () => Promise<void>) => {
  for (;;) await once().catch(() => new Promise((resolve) => setTimeout(resolve, 100)));
};
void forever(list);
void forever(watch);
answerWith(() => true);
