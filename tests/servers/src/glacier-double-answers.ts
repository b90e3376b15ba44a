import type { ServerResponse } from "node:http";

/** An error as S3 answers it. */
export class S3Fault extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string = code,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** One XML element; content that is XML already is given as an array. */
export function element(
  name: string,
  content: string | number | boolean | readonly string[],
): string {
  const inner = typeof content === "object" ? content.join("") : escaped(String(content));
  return `<${name}>${inner}</${name}>`;
}

export function sendXml(
  response: ServerResponse,
  status: number,
  root: string,
  content: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): void {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, content)}`;
  response.writeHead(status, {
    "content-type": "application/xml",
    "content-length": Buffer.byteLength(xml),
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : xml);
}

export function sendFault(response: ServerResponse, fault: S3Fault): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const content = [element("Code", fault.code), element("Message", fault.message)];
  sendXml(response, fault.status, "Error", content, { ...fault.headers, connection: "close" });
}

export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, ...(status === 204 ? {} : { "content-length": "0" }) });
  response.end();
}
