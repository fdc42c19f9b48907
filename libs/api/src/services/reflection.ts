import { createRegistry, type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';

/** The oneof of a request; what v1 and v1alpha have in common. */
export type ReflectionQuestion =
  | {
      readonly case: 'fileByFilename' | 'fileContainingSymbol' | 'allExtensionNumbersOfType' | 'listServices';
      readonly value: string;
    }
  | {
      readonly case: 'fileContainingExtension';
      readonly value: { readonly containingType: string; readonly extensionNumber: number };
    }
  | { readonly case: undefined };

/** The oneof of a response. */
export type ReflectionAnswer =
  | { case: 'listServicesResponse'; value: { service: { name: string }[] } }
  | { case: 'fileDescriptorResponse'; value: { fileDescriptorProto: Uint8Array[] } }
  | { case: 'allExtensionNumbersResponse'; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: 'errorResponse'; value: { errorCode: number; errorMessage: string } };

/**
 * Answers what grpcurl and its kind ask, from the descriptors that the generated code carries. The versions v1 and
 * v1alpha of the protocol differ in their package name only.
 */
export function createReflection(services: readonly DescService[]): (question: ReflectionQuestion) => ReflectionAnswer {
  const files = new Map<string, DescFile>();
  const collect = (file: DescFile): void => {
    if (files.has(fileName(file))) return;
    files.set(fileName(file), file);
    file.dependencies.forEach(collect);
  };
  for (const service of services) collect(service.file);
  const registry = createRegistry(...files.values());

  /** Of a type, or of the type that a method, field or enum value belongs to. */
  function fileOfSymbol(symbol: string): DescFile | undefined {
    const found = registry.get(symbol) ?? registry.get(symbol.slice(0, Math.max(0, symbol.lastIndexOf('.'))));
    return found?.file;
  }

  return (question) => {
    switch (question.case) {
      case 'listServices':
        return {
          case: 'listServicesResponse',
          value: { service: services.map(({ typeName }) => ({ name: typeName })).sort(byName) },
        };
      case 'fileByFilename':
        return answerFile(files.get(question.value), question.value);
      case 'fileContainingSymbol':
        return answerFile(fileOfSymbol(question.value), question.value);
      case 'fileContainingExtension': {
        const { containingType, extensionNumber } = question.value;
        const message = registry.getMessage(containingType);
        const extension = message && registry.getExtensionFor(message, extensionNumber);
        return answerFile(extension?.file, `${containingType}[${extensionNumber}]`);
      }
      case 'allExtensionNumbersOfType': {
        const message = registry.getMessage(question.value);
        if (message === undefined) return notFound(question.value);
        const extensionNumber = [...registry]
          .filter((type) => type.kind === 'extension' && type.extendee === message)
          .map((type) => (type.kind === 'extension' ? type.number : 0));
        return { case: 'allExtensionNumbersResponse', value: { baseTypeName: question.value, extensionNumber } };
      }
      case undefined:
        return { case: 'errorResponse', value: { errorCode: Code.InvalidArgument, errorMessage: 'no question' } };
    }
  };
}

function answerFile(file: DescFile | undefined, asked: string): ReflectionAnswer {
  if (file === undefined) return notFound(asked);
  // Imports behind whoever imports them, the file itself first: read backwards, everything is known when it is needed.
  const seen = new Set<DescFile>();
  const withImports: DescFile[] = [];
  const add = (one: DescFile): void => {
    if (seen.has(one)) return;
    seen.add(one);
    one.dependencies.forEach(add);
    withImports.unshift(one);
  };
  add(file);
  const fileDescriptorProto = withImports.map((one) => toBinary(FileDescriptorProtoSchema, one.proto));
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function notFound(asked: string): ReflectionAnswer {
  return { case: 'errorResponse', value: { errorCode: Code.NotFound, errorMessage: `there is no ${asked}` } };
}

function fileName(file: DescFile): string {
  return file.proto.name;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
