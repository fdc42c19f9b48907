import type { Dut } from '../dut.ts';

export const FLOWSPEC_FAMILY = 'ADDRESS_FAMILY_IPV4_FLOWSPEC';
export const FLOWSPEC6_FAMILY = 'ADDRESS_FAMILY_IPV6_FLOWSPEC';

export interface FlowSpecRuleJson {
  readonly components?: readonly { readonly type: number; readonly prefix?: string; readonly value?: string }[];
  readonly actions?: readonly { readonly trafficRate?: { readonly rate?: number } }[];
  readonly peerAddress?: string;
  readonly asPath?: readonly number[];
  readonly rule?: string;
  readonly rejectedBy?: string;
}

/** The Loc-RIB of a FlowSpec family. */
export async function rulesOf(dut: Dut, afiSafi = FLOWSPEC_FAMILY): Promise<FlowSpecRuleJson[]> {
  const answer = await dut.rpc<{ routes?: FlowSpecRuleJson[] }>('RibService/ListFlowSpecRoutes', { afiSafi });
  return [...(answer.routes ?? [])];
}
