import { checkSessionStore } from '@statecraft/store-kit';
import { describe, it } from 'vitest';
import { createMapStore } from './map-store.ts';

checkSessionStore({
  describe,
  it,
  name: 'the Map store',
  without: ['shared', 'userSessions', 'replaceDetails', 'sweep', 'keyTtls', 'dump', 'corrupt', 'faults'],
  open: ({ clock }) => ({ stores: [createMapStore({ clock })] }),
});
