export { type CertificateFiles, certificateFilesIn, certificateIn, makeCertificate } from './certificate.ts';
export { GatewayError, type GatewayExitCode } from './errors.ts';
export { type Gateway, type GatewayOptions, startNginx } from './nginx.ts';
export { mayBind, requirePort } from './ports.ts';
export { checkGateway, nginxVersion, renderGateway } from './render.ts';
export type { GatewaySettings } from './settings.ts';
