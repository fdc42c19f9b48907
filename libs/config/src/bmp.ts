import { hostPort } from './public-views.ts';
import { BMP_DEFAULTS } from './schema/bmp.ts';
import type { ConfigDocument } from './schema/root.ts';
import type { BmpConfig } from './types.ts';

const D = BMP_DEFAULTS;

/** `[bmp]` with everything filled in; undefined without collectors. */
export function resolveBmp({ bmp: given }: ConfigDocument): BmpConfig | undefined {
  const collectors = (given?.collectors ?? []).flatMap((entry) => {
    const address = hostPort(entry.address);
    if (address === undefined) return []; // the schema has seen that it is one
    return [
      {
        ...address,
        reconnectSeconds: entry.reconnect_interval ?? D.reconnect_interval,
        monitor: [...new Set(entry.monitor ?? D.monitor)],
        mirror: entry.mirror ?? D.mirror,
        bufferOctets: entry.buffer_bytes ?? D.buffer_bytes,
      },
    ];
  });
  if (collectors.length === 0) return undefined;
  return {
    sysName: given?.sys_name ?? D.sys_name,
    ...(given?.sys_descr === undefined ? {} : { sysDescr: given.sys_descr }),
    statisticsSeconds: given?.statistics_interval ?? D.statistics_interval,
    collectors,
  };
}
