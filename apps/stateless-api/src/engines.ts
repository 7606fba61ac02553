// JWT_ENGINE: which library computes signatures. The tokens are the same.

import { type JwtCodec, nodeCodec } from '@statecraft/auth-core';
import { createFastifyJwtCodec } from '@statecraft/auth-fastify/compat';
import type { FastifyInstance } from 'fastify';
import type { StatelessConfig } from './config.ts';

export const ENGINES: Record<StatelessConfig['JWT_ENGINE'], (app: FastifyInstance) => JwtCodec> = {
  native: () => nodeCodec,
  'fastify-jwt': createFastifyJwtCodec,
};
