/** @throws if users of the system lose their sessions */
export async function test(baseUrl: string): Promise<void> {
  await fetch(`${baseUrl}/me`);
}
