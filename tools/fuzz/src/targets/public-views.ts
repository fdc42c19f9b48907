import { parseQuestion, RisFeed } from '@bgp/looking-glass';
import { INITIAL_CONTEXT } from '@bgp/wire';

/**
 * The first octet chooses: the target of a request to the looking glass; texts of a client of the live stream, one a line; or the body of an
 * UPDATE that such a client with every subscription is told of.
 */
export function fuzz(data: Uint8Array): void {
  const body = data.subarray(1, 2001);
  const text = new TextDecoder().decode(body);
  switch ((data[0] ?? 0) % 3) {
    case 0: {
      const question = parseQuestion(text, 1000);
      if (!question.ok && !/^[^\p{Cc}]+\.$/u.test(question.error.message))
        throw new Error('refused without a sentence');
      return;
    }
    case 1: {
      const told: string[] = [];
      const client = new RisFeed({ host: 'rrc99', maxSubscriptions: 10 }).connect((one) => told.push(one));
      for (const line of text.split('\n')) client.receive(line);
      for (const one of told) JSON.parse(one);
      client.close();
      return;
    }
    default: {
      const feed = new RisFeed({ host: 'rrc99', maxSubscriptions: 10 });
      const told: string[] = [];
      const client = feed.connect((one) => told.push(one));
      for (const filter of ['{"prefix":"0.0.0.0/0"}', '{"path":"!1"}', '{"require":"raw"}', '{}'])
        client.receive(`{"type":"ris_subscribe","data":${filter}}`);
      const octets = new Uint8Array(19 + body.length).fill(0xff, 0, 16);
      octets.set(body, 19);
      new DataView(octets.buffer).setUint16(16, octets.length);
      octets[18] = 2;
      const ctx = { ...INITIAL_CONTEXT, fourOctetAs: true };
      feed.publish({ event: 'message', direction: 'received', atMs: 0, peer: '192.0.2.1', peerAs: 64500, octets, ctx });
      if (told.length > 1) throw new Error('told twice');
      for (const one of told) JSON.parse(one);
    }
  }
}
