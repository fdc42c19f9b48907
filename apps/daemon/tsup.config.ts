import { application } from '../../tools/dev/tsup.ts';

// koffi loads its native part, pino its worker, by their places on disk.
export default application('src/boot.ts', ['koffi', 'pino']);
