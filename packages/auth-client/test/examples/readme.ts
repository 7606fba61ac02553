import { ApiError, StatefulClient } from '@statecraft/auth-client';

export async function fillCart(baseUrl: string, password: string) {
  const client = new StatefulClient({ baseUrl });
  try {
    const user = await client.signIn('alice', password);
    await client.addToCart({ sku: 'tea', quantity: 2 });
    const { items } = await client.cart();
    await client.signOut();
    return `${user.username} has ${items.length} item in the cart`;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'ERR_CREDENTIALS_WRONG') return 'wrong password';
    throw error;
  }
}
