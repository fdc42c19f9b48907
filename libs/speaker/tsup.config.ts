import { library } from '../../tools/dev/tsup.ts';

export default library({ index: 'src/index.ts', 'simulation/index': 'src/simulation/index.ts' });
