// The stacks of the time chart: what answers and users are divided into, and the pattern of each.

import type { Bin } from '../contracts/report.ts';

/** `paint` is a pattern of the page, which tells the layer apart also without colour. */
export interface Layer {
  readonly name: string;
  readonly paint: string;
  readonly read: (bin: Bin) => number;
}

/** From the bottom of the stack to its top. */
export const ANSWERS: readonly Layer[] = [
  { name: 'right', paint: 'url(#signed-in)', read: ({ ok }) => ok },
  { name: 'failed', paint: 'url(#unknown)', read: ({ failed }) => failed },
  { name: 'signed out', paint: 'url(#signed-out)', read: ({ signedOut }) => signedOut },
  { name: 'wrong user', paint: 'url(#wrong)', read: ({ wrongUser }) => wrongUser },
];

export const USERS: readonly Layer[] = [
  { name: 'signed in', paint: 'url(#signed-in)', read: ({ users }) => users.signedIn },
  { name: 'not known', paint: 'url(#unknown)', read: ({ users }) => users.unknown },
  { name: 'signed out', paint: 'url(#signed-out)', read: ({ users }) => users.signedOut },
  { name: 'wrongly signed in', paint: 'url(#wrong)', read: ({ users }) => users.wronglySignedIn },
];

export const addLayers = (layers: readonly Layer[], bin: Bin): number =>
  layers.reduce((sum, layer) => sum + layer.read(bin), 0);
