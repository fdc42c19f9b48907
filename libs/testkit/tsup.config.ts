import { library } from '../../tools/dev/tsup.ts';

export default library({ index: 'src/index.ts', 'free-port': 'src/ports/free-port.ts' });
