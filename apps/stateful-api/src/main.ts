// Reads the configuration, builds, listens.
import { runService } from '@statecraft/service-kit';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';

await runService('stateful-api', async () => {
  const config = readConfig(process.env);
  const options = { port: config.PORT, host: config.HOST, shutdownTimeoutMs: config.SHUTDOWN_TIMEOUT_MS };
  return { app: await buildApp(config), options };
});
