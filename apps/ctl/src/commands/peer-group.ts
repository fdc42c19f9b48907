import { type NamedPeerGroup, PeerGroupDefinitionSchema } from '@bgp/api-proto';
import type { Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { readFileArgument } from '../read-file.ts';
import { writeDone, writeItem } from '../render/output.ts';
import { FROM_FILE, parseJson, writeNamed } from './policy.ts';

export const PEER_GROUP_COMMANDS: readonly Command[] = [
  {
    forms: ['peer-group', 'peer-group list'],
    summary: 'Groups of neighbors, and who is in them.',
    rpc: 'PeerGroupService.ListPeerGroups',
    options: [],
    async run({ clients, out }) {
      const { peerGroups } = await clients.group.listPeerGroups({});
      await writeNamed(out, peerGroups, groupJson, 'No peer groups');
      return EXIT.done;
    },
  },
  {
    forms: ['peer-group get NAME', 'peer-group show NAME'],
    summary: 'One group, as it stands in the configuration file; secrets read <redacted>.',
    rpc: 'PeerGroupService.GetPeerGroup',
    options: [],
    async run({ argument, clients, out }) {
      const group = await clients.group.getPeerGroup({ name: argument('NAME') });
      await writeItem(
        out,
        () => groupJson(group),
        () => group.definition?.toml ?? '',
      );
      return EXIT.done;
    },
  },
  {
    forms: ['peer-group set NAME'],
    summary: 'Create or replace a group; a password that is not given, or is <redacted>, stays.',
    rpc: 'PeerGroupService.SetPeerGroup',
    options: [FROM_FILE],
    async run({ argument, options, clients, out }) {
      const name = argument('NAME');
      const file = options.text('from-file') ?? '';
      const text = readFileArgument(file);
      const definition = text.trimStart().startsWith('{')
        ? parseJson(PeerGroupDefinitionSchema, text, file)
        : { toml: text };
      await clients.group.setPeerGroup({ name, definition });
      await writeDone(out, 'set_peer_group', name, `Peer group ${name} is in force`);
      return EXIT.done;
    },
  },
  {
    forms: ['peer-group delete NAME'],
    summary: 'Delete a group that nobody is in.',
    rpc: 'PeerGroupService.DeletePeerGroup',
    options: [],
    async run({ argument, clients, out }) {
      await clients.group.deletePeerGroup({ name: argument('NAME') });
      await writeDone(out, 'delete_peer_group', argument('NAME'), `Peer group ${argument('NAME')} is deleted`);
      return EXIT.done;
    },
  },
  {
    forms: ['peer-group attach ADDR'],
    summary: 'Put a neighbor into a group.',
    rpc: 'PeerGroupService.SetNeighborPeerGroup',
    options: [{ long: '--group', value: 'NAME', help: 'the group', isRequired: true }],
    async run({ argument, options, clients, out }) {
      const [address, peerGroup] = [argument('ADDR'), options.text('group') ?? ''];
      await clients.group.setNeighborPeerGroup({ address, peerGroup });
      await writeDone(out, 'attach_peer_group', address, `Neighbor ${address} is in group ${peerGroup}`);
      return EXIT.done;
    },
  },
  {
    forms: ['peer-group detach ADDR'],
    summary: 'Take a neighbor out of its group.',
    rpc: 'PeerGroupService.ClearNeighborPeerGroup',
    options: [],
    async run({ argument, clients, out }) {
      await clients.group.clearNeighborPeerGroup({ address: argument('ADDR') });
      await writeDone(out, 'detach_peer_group', argument('ADDR'), `Neighbor ${argument('ADDR')} is in no group`);
      return EXIT.done;
    },
  },
];

function groupJson({ name, definition, usedBy }: NamedPeerGroup) {
  return { name, toml: definition?.toml ?? '', has_md5_password: definition?.hasMd5Password ?? false, used_by: usedBy };
}
