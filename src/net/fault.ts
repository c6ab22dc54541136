/**
 * Why a host was not reached, in words, from the errors of Bun's fetch and WebSocket (seen with Bun
 * 1.4.4; the code when there is one, else what the message says).
 */
export function explainFault(error: unknown): string {
  const { code } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return causeOf(error)?.words ?? (code ? `${code}` : "the connection failed");
}

/** Whether a fault is of a kind that another try meets again: a wrong name, or TLS. */
export function isLasting(error: unknown): boolean {
  return causeOf(error)?.lasting ?? false;
}

/** True where nothing can have been sent: there was no connection to send it over. */
export function neverConnected(error: unknown): boolean {
  const cause = causeOf(error);
  return cause?.lasting === true || cause?.refused === true;
}

interface Cause {
  codes: RegExp;
  words: string;
  lasting?: true;
  refused?: true;
}

function causeOf(error: unknown): Cause | undefined {
  const { code, message = "", name } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  const told = [name === "TimeoutError" ? "ETIMEDOUT" : "", String(code ?? ""), message];
  return CAUSES.find(({ codes }) => told.some((text) => codes.test(text)));
}

const CAUSES: Cause[] = [
  { codes: /ECONNREFUSED/, words: "connection refused", refused: true },
  // Whom to ask for the host did not answer: so it is until a network that wakes up is there again.
  { codes: /EAI_AGAIN/, words: "no such host", refused: true },
  { codes: /ENOTFOUND|EAI_|DNS/, words: "no such host", lasting: true },
  { codes: /ETIMEDOUT|timed? ?out/i, words: "no answer in time" },
  { codes: /EHOSTUNREACH|ENETUNREACH|ENETDOWN/, words: "no route to the host" },
  { codes: /CERT_HAS_EXPIRED/, words: "its TLS certificate has expired", lasting: true },
  {
    codes: /ALTNAME|HOSTNAME_MISMATCH/,
    words: "its TLS certificate is for another name",
    lasting: true,
  },
  {
    codes: /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|CERT_UNTRUSTED|ISSUER/,
    words: "its TLS certificate comes from an unknown issuer",
    lasting: true,
  },
  {
    codes: /EPROTO|TLS|SSL/,
    words: "the TLS handshake failed (is it http, not https?)",
    lasting: true,
  },
  {
    codes: /ECONNRESET|EPIPE|Connection ended/,
    words: "the connection was closed without an answer",
  },
];
