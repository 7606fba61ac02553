// A user for every number, each as long as the others, so that all their requests are.

import { hash } from 'node:crypto';
import type { Person } from './person.ts';

export const somebody = (at: number): Person => ({
  id: hash('sha256', `user ${at}`, 'base64url').slice(0, 22),
  username: `user${String(at).padStart(7, '0')}`,
  roles: ['user'],
});
