// seen: 0 words
import { describeDesigns as describe } from '../../../../solutions/12-design/design.ts';

export function describeDesigns() {
  const designs = describe();
  return { ...designs, shop: { ...designs.shop, givesUp: '' } };
}
