/** The names of this machine for itself. */
const loopbackHosts = ['localhost', '127.0.0.1', '::1'] as const;

/** Whether what is sent to a host stays on this machine. */
export function isLoopback(host: string): boolean {
  return (loopbackHosts as readonly string[]).includes(host);
}
