import { library } from '../../tools/dev/tsup.ts';

export default library();
