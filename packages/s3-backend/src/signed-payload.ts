import type { S3Client } from "@aws-sdk/client-s3";

type Middleware = Parameters<S3Client["middlewareStack"]["add"]>[0];

/** What of a command is needed here; every command of the SDK has it. */
interface WithMiddleware {
  readonly middlewareStack: {
    add(middleware: never, options: { readonly step: "build"; readonly name: string }): void;
  };
}

/**
 * Signs the request with the sha256 of its body, which a stream does not get by itself. A store that
 * follows Signature Version 4 then keeps no body with other bytes, whatever checksums it knows.
 */
export function signPayload(command: WithMiddleware, sha256: string): void {
  const middleware: Middleware = (next) => async (args) => {
    const { request } = args as { request?: { headers: Record<string, string> } };
    if (request !== undefined) request.headers["x-amz-content-sha256"] = sha256;
    return await next(args);
  };
  command.middlewareStack.add(middleware as never, { step: "build", name: "signedPayload" });
}
