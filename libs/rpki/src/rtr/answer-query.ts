import type { Aspa } from '../aspa-table.ts';
import type { Vrp } from '../vrp.ts';
import type { RtrRecord } from './session-types.ts';
import { RTR_ERROR, type RtrPdu, type RtrTimers, type RtrVersion } from './types.ts';

/** What a cache has to tell. */
export interface RtrCacheContents {
  readonly highestVersion: RtrVersion;
  readonly sessionId: number;
  readonly serial: number;
  readonly timers: RtrTimers;
  readonly vrps: readonly Vrp[];
  readonly aspas: readonly Aspa[];
  /** By an earlier serial: what has changed since then. Others get a Cache Reset. */
  readonly changesSince: ReadonlyMap<number, readonly RtrRecord[]>;
}

/**
 * The cache's side of a query, for tests and laboratories: no validation, no state.
 * @returns the PDUs to send; after an `error-report` the connection is to be closed.
 * @source RFC 8210 §7, §8
 */
export function answerQuery(contents: RtrCacheContents, query: RtrPdu): readonly RtrPdu[] {
  const { highestVersion, sessionId, serial, timers } = contents;
  const { version } = query;
  if (version > highestVersion) {
    const text = `version ${version} is not spoken here`;
    const errorCode = RTR_ERROR.unsupportedVersion;
    return [{ version: highestVersion, type: 'error-report', errorCode, pdu: new Uint8Array(0), text }];
  }
  const response = (records: readonly RtrRecord[]): RtrPdu[] => [
    { version, type: 'cache-response', sessionId },
    ...records.flatMap((record) => (record.type === 'aspa' && version < 2 ? [] : [{ ...record, version }])),
    { version, type: 'end-of-data', sessionId, serial, ...(version === 0 ? {} : { timers }) },
  ];
  if (query.type === 'reset-query') return response(allOf(contents));
  if (query.type === 'error-report') return [];
  if (query.type !== 'serial-query') {
    const text = `${query.type} from a router`;
    return [{ version, type: 'error-report', errorCode: RTR_ERROR.invalidRequest, pdu: new Uint8Array(0), text }];
  }
  if (query.sessionId !== sessionId) return [{ version, type: 'cache-reset' }];
  const changes = query.serial === serial ? [] : contents.changesSince.get(query.serial);
  return changes === undefined ? [{ version, type: 'cache-reset' }] : response(changes);
}

function allOf({ vrps, aspas }: RtrCacheContents): RtrRecord[] {
  return [
    ...vrps.map((vrp): RtrRecord => ({ version: 2, type: 'prefix', announce: true, vrp })),
    ...aspas.map((aspa): RtrRecord => ({ version: 2, type: 'aspa', announce: true, ...aspa })),
  ];
}
