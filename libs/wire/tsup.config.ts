import { library } from '../../tools/dev/tsup.ts';

export default library({
  index: 'src/index.ts',
  'net/index': 'src/net/index.ts',
  'nlri/flowspec/index': 'src/nlri/flowspec/index.ts',
});
