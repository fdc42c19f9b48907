/**
 * The import rules of ARCHITECTURE.md §"Who may import whom". One row per package: what it may import from the
 * workspace. Everything else is an error, so a new package without a row fails the check.
 */
const MAY_IMPORT = {
  'libs/wire': [],
  'libs/fsm': ['wire'],
  'libs/rib': ['wire'],
  'libs/policy': ['wire'],
  'libs/rpki': ['wire'],
  'libs/bmp': ['wire'],
  'libs/mrt': ['wire'],
  'libs/speaker': ['wire', 'fsm', 'rib', 'policy'],
  'libs/config': ['wire', 'policy', 'speaker'],
  'libs/transport': ['wire', 'speaker'],
  'libs/telemetry': ['wire', 'speaker'],
  'libs/api-proto': [],
  'libs/lifecycle': ['wire', 'policy', 'speaker', 'config'],
  'libs/event-log': ['wire', 'speaker'],
  'libs/looking-glass': ['wire', 'rib', 'speaker'],
  'libs/api': ['wire', 'rib', 'policy', 'speaker', 'config', 'lifecycle', 'api-proto', 'telemetry', 'event-log'],
  'libs/testkit': ['wire', 'fsm', 'rib', 'policy', 'speaker'],
  'apps/daemon': [
    'wire',
    'fsm',
    'rib',
    'policy',
    'speaker',
    'config',
    'lifecycle',
    'transport',
    'telemetry',
    'api-proto',
    'api',
    'rpki',
    'bmp',
    'mrt',
    'looking-glass',
    'event-log',
  ],
  'apps/ctl': ['api-proto', 'mrt', 'wire'],
  'tools/bench': [
    'wire',
    'fsm',
    'rib',
    'policy',
    'rpki',
    'bmp',
    'mrt',
    'speaker',
    'transport',
    'config',
    'api-proto',
    'testkit',
  ],
  'tools/fuzz': ['wire', 'rib', 'policy', 'rpki', 'bmp', 'mrt', 'looking-glass', 'event-log', 'config', 'testkit'],
  'tools/faults': ['wire', 'rib', 'policy', 'speaker', 'testkit', 'transport', 'api-proto', 'rpki', 'bmp'],
  'tools/dev': [],
  'tools/demo': ['wire', 'policy', 'speaker', 'transport', 'testkit'],
  'tools/package-check': [],
  'tools/rfc-index': [],
  interop: ['api-proto', 'wire', 'testkit', 'rpki', 'bmp', 'mrt'],
};
const PURE = 'libs/(wire|fsm|rib|policy|rpki|bmp|mrt|looking-glass|event-log|speaker)';
const TESTS = '[.](test|bench|contract)[.]ts$|/testing/';

const workspaceRules = Object.entries(MAY_IMPORT).map(([from, allowed]) => {
  const own = from.replace(/^.*\//, '');
  const permitted = [own, ...allowed].join('|');
  return {
    name: `imports-of-${from.replaceAll('/', '-')}`,
    comment: `${from} may import from the workspace: ${allowed.join(', ') || 'nothing'}`,
    severity: 'error',
    from: { path: `^${from}/src`, pathNot: TESTS },
    to: { path: '^(libs|apps|tools|interop)/', pathNot: `^(libs|apps|tools)/(${permitted})/|^${from}/` },
  };
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...workspaceRules,
    {
      name: 'no-other-package-src',
      comment: 'Import a package by its name and exports, not by a relative path into its sources.',
      severity: 'error',
      from: { path: '^(libs|apps|tools)/([^/]+)/src/' },
      to: { path: '^(libs|apps|tools)/', pathNot: '^$1/$2/', dependencyTypes: ['local'] },
    },
    {
      name: 'pure-packages-use-no-node-builtins',
      severity: 'error',
      from: { path: `^${PURE}/src`, pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-packages-have-no-npm-dependency',
      severity: 'error',
      from: { path: `^${PURE}/src`, pathNot: TESTS },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '^libs/',
      },
    },
    {
      name: 'testkit-only-from-tests',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: `${TESTS}|^libs/testkit/` },
      to: { path: '^libs/testkit/' },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['@bgp/source', 'import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
