import type { InjectionService } from '@bgp/api-proto';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies } from '../dependencies.ts';
import { speakerValueOrThrow, valueOrThrow } from '../errors.ts';
import { parseInjectedRule, parseRule } from '../mapping/flowspec.ts';
import { parseInjectedRoute, parseTarget } from '../mapping/injected-route.ts';

export function injectionService({ speaker }: ApiDependencies): ServiceImpl<typeof InjectionService> {
  return {
    addPath(request) {
      speakerValueOrThrow(speaker.inject(valueOrThrow(parseInjectedRoute(request))));
      return {};
    },
    addFlowSpec(request) {
      speakerValueOrThrow(speaker.injectRule(valueOrThrow(parseInjectedRule(request))));
      return {};
    },
    deleteFlowSpec(request) {
      speakerValueOrThrow(speaker.withdrawInjectedRule(valueOrThrow(parseRule(request))));
      return {};
    },
    deletePath(request) {
      const { family, prefix } = valueOrThrow(parseTarget(request.prefix, request.prefixLength));
      speakerValueOrThrow(speaker.withdrawInjected(family, prefix, request.pathId));
      return {};
    },
  };
}
