import type { Scenario } from '../scenario.ts';
import { addPathMixed } from './add-path-mixed.ts';
import { badOpen } from './bad-open.ts';
import { bmpAddPath } from './bmp-add-path.ts';
import { churn } from './churn.ts';
import { communities } from './communities.ts';
import { confedFrr } from './confed-frr.ts';
import { configLife } from './config-life.ts';
import { events } from './events.ts';
import { exampleDdosMitigation } from './example-ddos-mitigation.ts';
import { exampleDockerCompose } from './example-docker-compose.ts';
import { exampleHostingProvider } from './example-hosting-provider.ts';
import { exampleMinimal } from './example-minimal.ts';
import { exampleRouteCollector } from './example-route-collector.ts';
import { exampleRouteServer } from './example-route-server.ts';
import { exampleSystemd } from './example-systemd.ts';
import { flowspecMixed } from './flowspec-mixed.ts';
import { grBird } from './gr-bird.ts';
import { grNotification } from './gr-notification.ts';
import { grOwn } from './gr-own.ts';
import { hostile } from './hostile.ts';
import { linkLocal } from './link-local.ts';
import { lookingGlass } from './looking-glass.ts';
import { m0Bird } from './m0-bird.ts';
import { m0Frr } from './m0-frr.ts';
import { m1, m2 } from './m1.ts';
import { m3 } from './m3.ts';
import { m4 } from './m4.ts';
import { m10 } from './m10.ts';
import { m11 } from './m11.ts';
import { m12 } from './m12.ts';
import { m13 } from './m13.ts';
import { m14 } from './m14.ts';
import { m15 } from './m15.ts';
import { m16 } from './m16.ts';
import { m17 } from './m17.ts';
import { m18 } from './m18.ts';
import { m19 } from './m19.ts';
import { m20 } from './m20.ts';
import { m21 } from './m21.ts';
import { m22 } from './m22.ts';
import { m23 } from './m23.ts';
import { m24 } from './m24.ts';
import { m25 } from './m25.ts';
import { m26 } from './m26.ts';
import { m27 } from './m27.ts';
import { m28 } from './m28.ts';
import { m34 } from './m34.ts';
import { m35 } from './m35.ts';
import { m35b } from './m35b.ts';
import { m43 } from './m43.ts';
import { m44 } from './m44.ts';
import { maxPrefix } from './max-prefix.ts';
import { mrt } from './mrt.ts';
import { mrtFiles } from './mrt-files.ts';
import { openbgpd } from './openbgpd.ts';
import { refresh } from './refresh.ts';
import { risLive } from './ris-live.ts';
import { roles } from './roles.ts';
import { rolesBird } from './roles-bird.ts';
import { rrMixed } from './rr-mixed.ts';
import { unnumbered } from './unnumbered.ts';

export const SCENARIOS: readonly Scenario[] = [
  m0Frr,
  m0Bird,
  badOpen,
  m1,
  m2,
  m3,
  m4,
  m10,
  m11,
  m12,
  m13,
  m14,
  m15,
  m16,
  m17,
  m18,
  m19,
  m20,
  m21,
  m22,
  m23,
  m24,
  m25,
  m26,
  m27,
  m28,
  m34,
  m35,
  m35b,
  m43,
  m44,
  flowspecMixed,
  openbgpd,
  rrMixed,
  communities,
  refresh,
  addPathMixed,
  bmpAddPath,
  maxPrefix,
  mrt,
  mrtFiles,
  roles,
  grBird,
  grOwn,
  grNotification,
  rolesBird,
  confedFrr,
  linkLocal,
  unnumbered,
  lookingGlass,
  risLive,
  events,
  hostile,
  churn,
  exampleMinimal,
  exampleRouteServer,
  exampleDdosMitigation,
  exampleHostingProvider,
  exampleRouteCollector,
  exampleDockerCompose,
  exampleSystemd,
  configLife,
];
