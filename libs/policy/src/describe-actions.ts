import type { PolicyActions } from './types.ts';

/** What a statement does to a route, one thing per text. */
export function describeActions(set: PolicyActions): string[] {
  const { prepend, replaceAs } = set;
  const texts: (string | undefined)[] = [
    text('LOCAL_PREF', set.localPref),
    text('MED', set.med),
    set.medAdd === undefined ? undefined : `MED ${set.medAdd < 0 ? '−' : '+'} ${Math.abs(set.medAdd)}`,
    text('next hop', set.nextHop),
    text('origin', set.origin === undefined ? undefined : ['igp', 'egp', 'incomplete'][set.origin]),
    text('communities', set.communitiesSet?.join(', ') || (set.communitiesSet && 'none')),
    list('remove', set.communitiesRemove),
    list('add', set.communitiesAdd),
    prepend && `prepend AS ${prepend.as} × ${prepend.count}`,
    set.prependFirstAs === undefined ? undefined : `prepend the first AS × ${set.prependFirstAs}`,
    replaceAs && `AS ${replaceAs.as} becomes AS ${replaceAs.by}`,
  ];
  return texts.filter((one) => one !== undefined);
}

function text(what: string, value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : `${what} = ${value}`;
}

function list(verb: string, values: readonly string[] | undefined): string | undefined {
  return values === undefined || values.length === 0 ? undefined : `${verb} ${values.join(', ')}`;
}
