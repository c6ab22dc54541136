/** Whether a header can carry a secret: one word of printable ASCII. */
export function isBearer(secret: string): boolean {
  return /^[\x21-\x7e]+$/.test(secret);
}
