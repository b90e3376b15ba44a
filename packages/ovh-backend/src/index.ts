export { parseSettings, type GatewayConfig, type OvhConfig, type Transport } from "./config.ts";
export { gatewayAlone, openGateway, type GatewayOptions } from "./gateway.ts";
export { GatewayWithSwift } from "./gateway-with-swift.ts";
export { plugin } from "./plugin.ts";
export { SwiftBackend, type SwiftBackendOptions } from "./swift-backend.ts";
