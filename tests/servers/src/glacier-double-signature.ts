import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface DoubleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

/** Why a request is not taken; undefined where its signature is right. */
export interface SignatureFault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function hmac(key: string | Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function canonicalQuery(query: string): string {
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => (pair.includes("=") ? pair : `${pair}=`))
    .toSorted()
    .join("&");
}

/** Checks Signature Version 4 in the header `Authorization` (Amazon S3 API Reference, "Signature Calculations"). */
export function checkSignature(
  request: IncomingMessage,
  { accessKeyId, secretAccessKey, region }: DoubleCredentials,
): SignatureFault | undefined {
  const { authorization = "" } = request.headers;
  const parsed =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (parsed === null) {
    return { status: 403, code: "AccessDenied", message: "Access Denied." };
  }
  const [, id = "", day = "", place = "", signed = "", signature = ""] = parsed;
  if (id !== accessKeyId) {
    return {
      status: 403,
      code: "InvalidAccessKeyId",
      message: `The AWS Access Key Id ${id} you provided does not exist in our records.`,
    };
  }
  if (place !== region) {
    return {
      status: 400,
      code: "AuthorizationHeaderMalformed",
      message: `The authorization header is malformed; the region '${place}' is wrong; expecting '${region}'`,
    };
  }
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const headers = signed.split(";").map((name) => {
    const value = request.headers[name];
    return `${name}:${(Array.isArray(value) ? value.join(",") : (value ?? "")).trim()}\n`;
  });
  const canonical = [
    request.method,
    path,
    canonicalQuery(query),
    headers.join(""),
    signed,
    request.headers["x-amz-content-sha256"],
  ].join("\n");
  const text = [
    "AWS4-HMAC-SHA256",
    request.headers["x-amz-date"],
    `${day}/${place}/s3/aws4_request`,
    createHash("sha256").update(canonical).digest("hex"),
  ].join("\n");
  const key = ["s3", "aws4_request"].reduce(hmac, hmac(hmac(`AWS4${secretAccessKey}`, day), place));
  const wanted = hmac(key, text);
  if (timingSafeEqual(wanted, Buffer.from(signature, "hex"))) return undefined;
  return {
    status: 403,
    code: "SignatureDoesNotMatch",
    message: `The request signature we calculated does not match the signature you provided by ${id}.`,
  };
}
