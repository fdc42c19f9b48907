import { application } from '../../tools/dev/tsup.ts';

export default application('src/boot.ts');
