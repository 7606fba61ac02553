// seen: the same text more than once
import { describeDesigns as describe } from '../../../../solutions/12-design/design.ts';

export function describeDesigns() {
  const { bank, ...others } = describe();
  return { ...others, bank, shop: { ...others.shop, because: bank.because } };
}
