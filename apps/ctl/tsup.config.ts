import { application } from '../../tools/dev/tsup.ts';

export default application();
