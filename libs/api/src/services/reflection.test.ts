import { ControlService, Health, RibService } from '@bgp/api-proto';
import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { createReflection, type ReflectionQuestion } from './reflection.ts';

const reflect = createReflection([RibService, ControlService, Health]);

function filesOf(question: ReflectionQuestion) {
  const answer = reflect(question);
  if (answer.case !== 'fileDescriptorResponse') throw new Error(JSON.stringify(answer));
  return answer.value.fileDescriptorProto.map((octets) => fromBinary(FileDescriptorProtoSchema, octets));
}

describe('reflection', () => {
  it('lists the services by name', () => {
    expect(reflect({ case: 'listServices', value: '' })).toEqual({
      case: 'listServicesResponse',
      value: {
        service: [
          { name: 'grpc.health.v1.Health' },
          { name: 'tsbgpd.v1.ControlService' },
          { name: 'tsbgpd.v1.RibService' },
        ],
      },
    });
  });

  it.each([
    'tsbgpd.v1.RibService',
    'tsbgpd.v1.RibService.ListBestRoutes',
    'tsbgpd.v1.Route',
    'tsbgpd.v1.Route.prefix',
    'tsbgpd.v1.RouteEventType',
  ])('gives the file of %s with everything it imports', (symbol) => {
    const names = filesOf({ case: 'fileContainingSymbol', value: symbol }).map((file) => file.name);
    expect(names[0]).toBe('tsbgpd/v1/rib.proto');
    expect(names).toEqual(
      expect.arrayContaining([
        'tsbgpd/v1/common.proto',
        'tsbgpd/v1/authorization.proto',
        'google/protobuf/descriptor.proto',
      ]),
    );
  });

  it('gives files from which a client can build the service again, options included', () => {
    const file = create(FileDescriptorSetSchema, {
      file: filesOf({ case: 'fileByFilename', value: 'tsbgpd/v1/rib.proto' }).reverse(),
    });
    const service = createFileRegistry(file).getService('tsbgpd.v1.RibService');
    expect(service?.methods.map((method) => method.name)).toEqual(RibService.methods.map((method) => method.name));
    expect(service?.methods[0]?.proto.options?.$unknown).toHaveLength(1);
  });

  it('knows the tier extension', () => {
    const asked = { containingType: 'google.protobuf.MethodOptions', extensionNumber: 50_700 };
    expect(filesOf({ case: 'fileContainingExtension', value: asked })[0]?.name).toBe('tsbgpd/v1/authorization.proto');
    expect(reflect({ case: 'allExtensionNumbersOfType', value: 'google.protobuf.MethodOptions' })).toMatchObject({
      value: { extensionNumber: [50_700] },
    });
  });

  it.each<ReflectionQuestion>([
    { case: 'fileByFilename', value: 'no.proto' },
    { case: 'fileContainingSymbol', value: 'no.Such' },
    { case: 'fileContainingSymbol', value: '' },
    { case: 'allExtensionNumbersOfType', value: 'no.Such' },
    { case: 'fileContainingExtension', value: { containingType: 'no.Such', extensionNumber: 1 } },
  ])('answers %j with NOT_FOUND', (question) => {
    expect(reflect(question)).toMatchObject({ case: 'errorResponse', value: { errorCode: 5 } });
  });
});
