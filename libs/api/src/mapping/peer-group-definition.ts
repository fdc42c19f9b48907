import { type PeerGroupDefinition, PeerGroupDefinitionSchema } from '@bgp/api-proto';
import { redactSecrets, renderToml } from '@bgp/config';
import { ok, type Result } from '@bgp/wire';
import { create } from '@bufbuild/protobuf';
import { type RequestError, requestError } from '../errors.ts';
import { parseTable, toPolicyStatement, toStatementTable } from './policy-definition.ts';

type Table = Readonly<Record<string, unknown>>;

/** Scalars whose field has the name of the file's key. */
const SAME = [
  'hold_time',
  'max_prefixes',
  'ttl_security',
  'graceful_restart',
  'gr_restart_time',
  'gr_stale_routes_time',
  'llgr_stale_time',
  'local_ipv6_nexthop',
  'route_reflector_client',
  'route_server_client',
  'remove_private_as',
] as const;
const LISTS = ['families', 'import_policy_chain', 'export_policy_chain'] as const;

/** The request as a `[peer_groups.NAME]` table. `present`: the group as it is, whose password stays unless it is to go. */
export function toGroupTable(
  definition: PeerGroupDefinition | undefined,
  present: Table | undefined,
): Result<Table, RequestError> {
  if (definition === undefined) return requestError('missing', 'definition', 'the group is needed');
  if (definition.toml !== '') return parseTable(definition.toml, 'definition.toml');
  const fields = Object.fromEntries(
    PeerGroupDefinitionSchema.fields.map((field) => [
      field.name,
      (definition as unknown as Record<string, unknown>)[field.localName],
    ]),
  );
  const table: Record<string, unknown> = {};
  for (const key of SAME) if (fields[key] !== undefined) table[key] = fields[key];
  for (const key of LISTS) {
    const list = fields[key] as readonly string[];
    if (list.length > 0) table[key] = [...list];
  }
  const { importPolicy, exportPolicy, addPathReceive, addPathSend, addPathSendMax } = definition;
  if (importPolicy.length > 0) table.import_policy = importPolicy.map(toStatementTable);
  if (exportPolicy.length > 0) table.export_policy = exportPolicy.map(toStatementTable);
  if (addPathReceive !== undefined || addPathSend !== undefined || addPathSendMax !== undefined) {
    table.add_path = {
      ...(addPathReceive === undefined ? {} : { receive: addPathReceive }),
      ...(addPathSend === undefined ? {} : { send: addPathSend }),
      ...(addPathSendMax === undefined ? {} : { send_max: addPathSendMax }),
    };
  }
  const kept = definition.hasMd5Password === false ? undefined : present?.md5_password;
  const password = definition.md5Password ?? kept;
  if (password !== undefined) table.md5_password = password;
  return ok(table);
}

/** The keys that have a field; `toml` beside it has them all. */
export function toPeerGroupDefinition(table: Table): PeerGroupDefinition {
  const addPath = (table.add_path ?? {}) as { receive?: boolean; send?: boolean; send_max?: number };
  const own = Object.fromEntries(
    PeerGroupDefinitionSchema.fields.flatMap(({ name, localName }) => {
      const isSame = SAME.some((key) => key === name) || LISTS.some((key) => key === name);
      return isSame && table[name] !== undefined ? [[localName, table[name]]] : [];
    }),
  );
  const statements = (value: unknown) =>
    Array.isArray(value) ? value.map((one) => toPolicyStatement(one as Table)) : [];
  return create(PeerGroupDefinitionSchema, {
    ...own,
    ...(addPath.receive === undefined ? {} : { addPathReceive: addPath.receive }),
    ...(addPath.send === undefined ? {} : { addPathSend: addPath.send }),
    ...(addPath.send_max === undefined ? {} : { addPathSendMax: addPath.send_max }),
    importPolicy: statements(table.import_policy),
    exportPolicy: statements(table.export_policy),
    hasMd5Password: table.md5_password !== undefined,
    toml: renderToml(redactSecrets(table)),
  });
}
