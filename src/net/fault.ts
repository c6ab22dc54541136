/**
 * Why a host was not reached, in words, from the errors of Bun's fetch and WebSocket (seen with Bun
 * 1.4.4; the code when there is one, else what the message says).
 */
export function explainFault(error: unknown): string {
  const { code, message = "", name } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (name === "TimeoutError") return "no answer in time";
  const known = CAUSES.find(({ codes }) => codes.test(String(code ?? "")) || codes.test(message));
  return known?.words ?? (code ? `${code}` : "the connection failed");
}

const CAUSES = [
  { codes: /ECONNREFUSED/, words: "connection refused" },
  { codes: /ENOTFOUND|EAI_|DNS/, words: "no such host" },
  { codes: /ETIMEDOUT|timed? ?out/i, words: "no answer in time" },
  { codes: /EHOSTUNREACH|ENETUNREACH|ENETDOWN/, words: "no route to the host" },
  { codes: /CERT_HAS_EXPIRED/, words: "its TLS certificate has expired" },
  { codes: /ALTNAME|HOSTNAME_MISMATCH/, words: "its TLS certificate is for another name" },
  {
    codes: /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|CERT_UNTRUSTED|ISSUER/,
    words: "its TLS certificate comes from an unknown issuer",
  },
  { codes: /EPROTO|TLS|SSL/, words: "the TLS handshake failed (is it http, not https?)" },
  {
    codes: /ECONNRESET|EPIPE|Connection ended/,
    words: "the connection was closed without an answer",
  },
];
