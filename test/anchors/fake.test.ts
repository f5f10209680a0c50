import { anchorContract } from '../contracts/anchor.ts';
import { FakeAnchor } from '../fakes/anchor.ts';

anchorContract('the fake', async () => {
  const anchor = new FakeAnchor();
  const be = (how: FakeAnchor['how']) => () => {
    anchor.how = how;
  };
  return {
    open: () => anchor,
    kept: async () => anchor.sizes,
    tells: 'checkpoints',
    holdAnother: async ({ size }) => void anchor.heads.push({ size, root: '00'.repeat(32), note: 'another' }),
    breakDown: be('down'),
    hang: be('hanging'),
    loseAnswers: be('losing answers'),
    mend: be('well'),
    lacks: {},
    close: async () => {},
  };
});
