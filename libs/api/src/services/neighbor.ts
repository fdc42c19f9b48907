import type { NeighborService } from '@bgp/api-proto';
import type { ConfigNotice } from '@bgp/config';
import { hasRange, withNeighbor, withoutNeighbor, withoutRange, withRange } from '@bgp/lifecycle';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies, NeighborDiagnostic } from '../dependencies.ts';
import { changeOrThrow, requestError, speakerValueOrThrow, valueOrThrow, withDetail } from '../errors.ts';
import { parsePeerName } from '../mapping/address.ts';
import { parsePrefixText, toDynamicNeighborRange, toDynamicRangeTable } from '../mapping/dynamic-range.ts';
import { parseFamilyNames } from '../mapping/family.ts';
import { toNeighborState } from '../mapping/neighbor-state.ts';
import { toNeighborTable } from '../mapping/neighbor-table.ts';

/** RFC 9003 §2. */
const MAX_SHUTDOWN_TEXT_OCTETS = 255;

export function neighborService({
  speaker,
  lifecycle,
  resolveNeighbor,
  resolveDynamicRange,
}: ApiDependencies): ServiceImpl<typeof NeighborService> {
  const nameOf = (address: string) => valueOrThrow(parsePeerName(address, 'address'));
  return {
    addNeighbor(request) {
      const table = valueOrThrow(toNeighborTable(request.config));
      const resolved = resolveNeighbor(table);
      if (!resolved.ok) return refuse('config', resolved.error);
      const { name } = resolved.value;
      if (speaker.peer(name)?.isDynamic === false) {
        throw withDetail(Code.AlreadyExists, `There is a neighbor ${name} already.`, 'peer-exists', 'config.address');
      }
      const edit = lifecycle.change((document) => withNeighbor(document, table), `neighbor ${name} added`);
      return { notices: formatNotices(changeOrThrow(edit).newNotices) };
    },
    deleteNeighbor({ address }) {
      const name = nameOf(address);
      // One that came from a range is nowhere in the configuration.
      if (speaker.peer(name)?.isDynamic !== false) speakerValueOrThrow(speaker.removePeer(name));
      else changeOrThrow(lifecycle.change((document) => withoutNeighbor(document, name), `neighbor ${name} deleted`));
      return {};
    },
    listNeighbors() {
      return { neighbors: speaker.peers().map(toNeighborState) };
    },
    getNeighborState({ address }) {
      const name = nameOf(address);
      const status = speaker.peer(name);
      if (status === undefined)
        throw withDetail(Code.NotFound, `there is no neighbor ${name}`, 'peer-not-found', 'address');
      return toNeighborState(status);
    },
    enableNeighbor({ address }) {
      speakerValueOrThrow(speaker.enablePeer(nameOf(address)));
      return {};
    },
    disableNeighbor({ address, reason }) {
      const name = nameOf(address);
      if (new TextEncoder().encode(reason).length > MAX_SHUTDOWN_TEXT_OCTETS) {
        valueOrThrow(requestError('value-out-of-range', 'reason', 'longer than 255 octets of UTF-8 (RFC 9003)'));
      }
      speakerValueOrThrow(speaker.disablePeer(name, reason === '' ? undefined : reason));
      return {};
    },
    softResetIn({ address, families, askNeighbor }) {
      const name = nameOf(address);
      const named = valueOrThrow(parseFamilyNames(families, 'families'));
      const wanted = named.length === 0 ? undefined : named;
      speakerValueOrThrow(speaker.resetPeer(name, 'soft-in', wanted));
      if (askNeighbor) speakerValueOrThrow(speaker.resetPeer(name, 'refresh-in', wanted));
      return {};
    },
    setGracefulShutdown({ address, enabled }) {
      speakerValueOrThrow(speaker.setGracefulShutdown(address === '' ? undefined : nameOf(address), enabled));
      return {};
    },
    listDynamicNeighbors() {
      return {
        ranges: speaker.dynamicRanges().map(toDynamicNeighborRange),
        neighbors: speaker.peers().filter(({ isDynamic }) => isDynamic).length,
        limit: speaker.dynamicNeighborLimit,
      };
    },
    addDynamicNeighbor({ range }) {
      const table = valueOrThrow(toDynamicRangeTable(range));
      const resolved = resolveDynamicRange(table);
      if (!resolved.ok) return refuse('range', resolved.error);
      const { prefix } = resolved.value;
      if (speaker.dynamicRanges().some((one) => one.prefix === prefix)) {
        throw withDetail(Code.AlreadyExists, `There is a range ${prefix} already.`, 'peer-exists', 'range.prefix');
      }
      const edit = lifecycle.change((document) => withRange(document, table), `range ${prefix} added`);
      return { notices: formatNotices(changeOrThrow(edit).newNotices) };
    },
    deleteDynamicNeighbor({ prefix }) {
      valueOrThrow(parsePrefixText(prefix, 'prefix'));
      if (!hasRange(lifecycle.document, prefix)) {
        throw withDetail(Code.NotFound, `There is no range ${prefix}.`, 'peer-not-found', 'prefix');
      }
      changeOrThrow(lifecycle.change((document) => withoutRange(document, prefix), `range ${prefix} deleted`));
      return {};
    },
  };
}

function formatNotices(notices: readonly ConfigNotice[]): string[] {
  return notices.map(({ path, reason }) => `${path}: ${reason}`);
}

function refuse(field: string, diagnostics: readonly NeighborDiagnostic[]): never {
  const sentences = diagnostics.map(({ path, message, hint }) =>
    [path === '' ? message : `${path}: ${message}`, hint].filter((part) => part !== undefined).join('; '),
  );
  return valueOrThrow(requestError('neighbor-invalid', field, sentences.join(' · ')));
}
