import { ColdstowError, errnoOf, isColdstowError, type ErrorCode } from "@coldstow/contracts";

import { describeFault, type Fault } from "./fault.ts";

interface Verdict {
  readonly code: ErrorCode;
  readonly hint?: string;
}

const skewed: Verdict = {
  code: "E_AUTH",
  hint: "Set this machine's clock: the store takes no request that is more than 15 minutes off.",
};
const wrongRegion: Verdict = { code: "E_CONFIG" };
const expired: Verdict = {
  code: "E_AUTH",
  hint: "Fetch new temporary credentials, or use a key that does not expire.",
};

const byName: Readonly<Record<string, Verdict>> = {
  InvalidAccessKeyId: { code: "E_AUTH" },
  SignatureDoesNotMatch: { code: "E_AUTH" },
  InvalidToken: expired,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  CredentialsProviderError: {
    code: "E_AUTH",
    hint: "Set access_key and secret_key, or give this machine credentials of its own.",
  },
  NotSignedUp: { code: "E_AUTH" },
  AccountProblem: { code: "E_AUTH" },
  RequestTimeTooSkewed: skewed,
  RequestExpired: skewed,
  NoSuchBucket: { code: "E_NO_CONTAINER" },
  NoSuchKey: { code: "E_NOT_FOUND" },
  NoSuchUpload: { code: "E_NOT_FOUND" },
  NotFound: { code: "E_NOT_FOUND" },
  AccessDenied: { code: "E_PERMISSION" },
  AllAccessDisabled: { code: "E_PERMISSION" },
  PreconditionFailed: { code: "E_EXISTS" },
  ConditionalRequestConflict: { code: "E_TEMPORARY" },
  OperationAborted: { code: "E_TEMPORARY" },
  RequestTimeout: { code: "E_TEMPORARY" },
  RequestTimeoutException: { code: "E_TEMPORARY" },
  InternalError: { code: "E_TEMPORARY" },
  ServiceUnavailable: { code: "E_TEMPORARY" },
  IncompleteBody: { code: "E_TEMPORARY" },
  SlowDown: { code: "E_THROTTLED" },
  Throttling: { code: "E_THROTTLED" },
  ThrottlingException: { code: "E_THROTTLED" },
  TooManyRequests: { code: "E_THROTTLED" },
  RequestLimitExceeded: { code: "E_THROTTLED" },
  GlacierExpeditedRetrievalNotAvailable: {
    code: "E_THROTTLED",
    hint: "There is no capacity for this tier at the moment: wait, or choose another tier.",
  },
  EntityTooLarge: {
    code: "E_UNSUPPORTED",
    hint: "Choose smaller packs (size_tar), or multipart = yes.",
  },
  NotImplemented: { code: "E_UNSUPPORTED" },
  InvalidStorageClass: {
    code: "E_CONFIG",
    hint: "Correct storage_class: this store, or this region, does not have it.",
  },
  QuotaExceeded: { code: "E_NO_SPACE" },
  InsufficientStorage: { code: "E_NO_SPACE" },
  InvalidBucketName: { code: "E_CONFIG" },
  BadDigest: { code: "E_FIXITY" },
  InvalidDigest: { code: "E_FIXITY" },
  XAmzContentSHA256Mismatch: { code: "E_FIXITY" },
  InvalidObjectState: { code: "E_FROZEN" },
  PermanentRedirect: wrongRegion,
  TemporaryRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
};

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  301: "E_CONFIG",
  307: "E_CONFIG",
  401: "E_AUTH",
  403: "E_PERMISSION",
  404: "E_NOT_FOUND",
  408: "E_TEMPORARY",
  412: "E_EXISTS",
  413: "E_UNSUPPORTED",
  429: "E_THROTTLED",
  501: "E_UNSUPPORTED",
  507: "E_NO_SPACE",
};

const noConditionalPut: Verdict = {
  code: "E_UNSUPPORTED",
  hint: "If it does not know If-None-Match, set conditional_put = no: coldstow then looks before it writes.",
};

function byStatus(status: number): ErrorCode {
  return codeOfStatus[status] ?? (status >= 500 ? "E_TEMPORARY" : "E_INTERNAL");
}

const brokenLines: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "EHOSTDOWN",
]);

function ofTheLine(error: unknown): Verdict | undefined {
  const errno = errnoOf(error);
  if (errno === "ETIMEDOUT") return { code: "E_TIMEOUT" };
  if (errno !== undefined && brokenLines.has(errno)) return { code: "E_TEMPORARY" };
  if (errno === "ENOTFOUND") {
    return { code: "E_CONFIG", hint: "Correct endpoint, region or bucket: no such host is known." };
  }
  const code = (error as { code?: unknown } | null | undefined)?.code;
  if (
    typeof code === "string" &&
    /^(?:ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code)
  ) {
    return {
      code: "E_CONFIG",
      hint: "The server's certificate is not one that this machine trusts.",
    };
  }
  if (error instanceof Error && error.name === "TimeoutError") return { code: "E_TIMEOUT" };
  return undefined;
}

function verdictOf(error: unknown, fault: Fault, conditional: boolean): Verdict {
  const known = byName[fault.name];
  const isUnknownThere = fault.name === "NotImplemented" || fault.status === 501;
  if (conditional && isUnknownThere) return noConditionalPut;
  // A store that is short of breath may call it an internal error; its status says more.
  if (fault.status === 429 || fault.retryAt !== undefined) return { code: "E_THROTTLED" };
  if (known !== undefined) return known;
  return fault.status === undefined
    ? (ofTheLine(error) ?? { code: "E_INTERNAL" })
    : { code: byStatus(fault.status) };
}

/**
 * Gives an error of the store, the line or the SDK its place in the error table. The error itself is
 * dropped, since it holds the request with its signature and what the store says of the credentials.
 * @param doing what was being done, such as `storing packs/r000001/p000001.tar.age`
 * @param secrets what must not appear in the message, whoever wrote it there
 * @param conditional the request had `If-None-Match`
 */
export function s3Error(
  error: unknown,
  doing: string,
  secrets: readonly string[],
  subject?: string,
  conditional = false,
): ColdstowError {
  if (isColdstowError(error)) return error;
  const fault = describeFault(error, secrets);
  const { code, hint } = verdictOf(error, fault, conditional);
  const region = fault.region === undefined ? undefined : `Set region = ${fault.region}.`;
  const regional = code === "E_CONFIG" ? region : undefined;
  return new ColdstowError(code, `${doing} failed: ${fault.text}`, {
    ...(subject === undefined ? {} : { subject }),
    ...(regional === undefined && hint === undefined ? {} : { hint: regional ?? hint ?? "" }),
    ...(fault.retryAt === undefined ? {} : { retryAt: fault.retryAt }),
  });
}
