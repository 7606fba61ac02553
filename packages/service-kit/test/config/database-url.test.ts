import { describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../src/index.ts';

const read = (text: string) => {
  try {
    return parseDatabaseUrl(text);
  } catch (error) {
    return (error as Error).message;
  }
};

describe('DATABASE_URL', () => {
  it.each([
    ['sqlite:users.sqlite', 'users.sqlite'],
    ['sqlite:/var/lib/shop/users.sqlite', '/var/lib/shop/users.sqlite'],
    ['sqlite:///var/lib/shop/users.sqlite', '/var/lib/shop/users.sqlite'],
    ['sqlite:a b?c#d%20.sqlite', 'a b?c#d%20.sqlite'],
    ['sqlite::memory:', ':memory:'],
    ['SQLITE:users.sqlite', 'users.sqlite'],
  ])('%s is the SQLite file %s', (text, path) => {
    expect(read(text)).toEqual({ kind: 'sqlite', path });
  });

  const shop = { kind: 'postgres', host: 'db', port: 5432, user: 'u', password: 'p', database: 'shop', tls: 'disable' };
  it.each([
    ['postgres://u:p@db/shop', {}],
    ['postgresql://u:p@db:6432/shop', { port: 6432 }],
    ['postgres://u@db/shop', { password: undefined }],
    ['postgres://u:p%40%2F%25%C3%A9@db/shop', { password: 'p@/%é' }],
    ['postgres://u:p@[::1]:5433/shop', { host: '::1', port: 5433 }],
    ['postgres://u:p@localhost/shop?host=/run/postgresql', { host: '/run/postgresql' }],
    ['postgres://u:p@db/shop?sslmode=verify-full', { tls: 'verify-full' }],
    ['postgres://u:p@db/my%20shop', { database: 'my shop' }],
  ])('%s is PostgreSQL with %j', (text, difference) => {
    expect(read(text)).toEqual({ ...shop, ...difference });
  });

  it.each([
    ['', /^must begin with sqlite: or postgres:/],
    ['users.sqlite', /^must begin with/],
    ['mysql://u:canary@db/shop', /^must begin with/],
    ['postgres:u:canary@db/shop', /^must begin with/],
    ['sqlite:', /^must name a file/],
    ['sqlite://host/users.sqlite', /^must name a file/],
    ['postgres://', /^must name a user, a host/],
    ['postgres://u:can/ary@db/shop', /^is not a URL of the form .*%-encoded$/],
    ['postgres://u:canary@db:99999/shop', /^is not a URL of the form/],
    ['postgres://u:canary@db', /^must name a user, a host and a database/],
    ['postgres://u:canary@db/', /^must name a user, a host and a database/],
    ['postgres://db/shop', /^must name a user, a host and a database/],
    ['postgres://u:canary@db/shop/more', /^must name a user, a host and a database/],
    ['postgres://u:canary%zz@db/shop', /^has a % that is not followed/],
    ['postgres://u:canary@db/shop?schema=public', /^has a parameter other than sslmode, and host/],
    ['postgres://u:?canary@db/shop', /^must name a user, a host and a database.*%-encoded$/],
    ['postgres://u:123?canary@db/shop', /^must name a user, a host and a database.*%-encoded$/],
    ['postgres://u:p@x/y?canary@db/shop', /^has a parameter other than sslmode, and host/],
    ['postgres://u:canary@db/shop?sslmode=prefer', /^has an sslmode other than disable, require/],
    ['postgres://u:canary@db/shop?host=elsewhere', /^has a host= that is not the folder/],
  ])('refuses %j, says why, and quotes no password', (text, reason) => {
    expect(read(text)).toMatch(reason);
    expect(read(text)).not.toMatch(/canary|ary/);
  });
});
