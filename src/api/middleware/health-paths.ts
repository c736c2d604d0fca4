const healthPath = /^\/(?:livez|readyz)\/?$/;

/** Whether a request asks how this process is: machines do, often, without credentials, and above all when it has too much to do. */
export function isHealth(path: string): boolean {
  return healthPath.test(path);
}
