export { type CertificateFiles, ensureCertificate, listCertificateFiles, makeCertificate } from './certificate.ts';
export { GatewayError, type GatewayExitCode } from './errors.ts';
export { type Gateway, type GatewayOptions, startNginx } from './nginx.ts';
export { canBind, requirePort } from './ports.ts';
export { checkGateway, readNginxVersion, renderGateway } from './render.ts';
export type { GatewaySettings } from './settings.ts';
