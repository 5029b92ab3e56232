/** The public face of the package: `import { Broker, Producer, Consumer, Admin } from "millrace"`. */
export * from "./broker/index.ts"
export * from "./clients/index.ts"
