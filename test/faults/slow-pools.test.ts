import { pythonImage } from '../support/control.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { untilReady } from '../support/pools.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { putTemplate } from '../support/templates.ts';
import { until } from '../support/until.ts';

engineTest(
  'a pool whose image can’t be had yet holds up no other',
  async (t) => {
    const engine = await stallingEngine(t);
    const control = await controlLives(t).open({
      'network.enabled': 'false',
      'docker.socket': engine.socket,
      'docker.api_timeout_seconds': '280',
    });
    await putTemplate(control, 'slow', { image: { uri: pythonImage }, pool: { min: 0, max: 1 } });
    engine.hold(/^GET \/images\/\S*python/);
    await putTemplate(control, 'small', { pool: { min: 1, max: 1 } });
    await untilReady(control, 'small', 1);
    await until(() => engine.held > 0, 'the other is asked about');
    await putTemplate(control, 'small', { pool: { min: 2, max: 2 } });
    await untilReady(control, 'small', 2);
    engine.release();
  },
  { timeout: 290_000 },
);
