import type { BmpService } from '@bgp/api-proto';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies } from '../dependencies.ts';

/** Without a collector in the configuration it answers too: there is just none. */
export function bmpService({ bmp }: ApiDependencies): ServiceImpl<typeof BmpService> {
  return {
    getBmpStatus() {
      const readings = bmp?.() ?? [];
      return {
        collectors: readings.map((reading) => ({
          address: reading.collector,
          state: reading.state,
          isSynchronized: reading.isSynchronized,
          attempts: BigInt(reading.attempts),
          connections: BigInt(reading.connections),
          replays: BigInt(reading.replays),
          waitingOctets: BigInt(reading.waitingOctets),
          sentMessages: BigInt(reading.sentMessages),
          sentOctets: BigInt(reading.sentOctets),
          droppedMessages: BigInt(reading.droppedMessages),
          overflows: BigInt(reading.overflows),
        })),
      };
    },
  };
}
