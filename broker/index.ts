/** What embedding programs get: `import { Broker } from "millrace"`. */
export { Broker, type BrokerOptions, type BrokerStats } from "./broker.ts"
export type { BrokerConfig } from "./config.ts"
export { StartError } from "./start-error.ts"
