interface Choice {
  strategy: 'jwt' | 'memory' | 'redis' | 'sqlite' | 'postgres' | '';
  because: string;
  givesUp: string;
  whenItFails: string;
}

export function describeDesigns(): Record<'bank' | 'partners' | 'shop', Choice> {
  return {
    bank: { strategy: '', because: '', givesUp: '', whenItFails: '' },
    partners: { strategy: '', because: '', givesUp: '', whenItFails: '' },
    shop: { strategy: '', because: '', givesUp: '', whenItFails: '' },
  };
}
