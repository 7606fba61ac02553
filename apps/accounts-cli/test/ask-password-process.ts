// A program that asks for a new password and shows only its length.
import { askNewPassword } from '../src/ask-password.ts';

const password = await askNewPassword(process.stdin, (text) => process.stdout.write(text));
console.log(`length ${password?.length}`);
