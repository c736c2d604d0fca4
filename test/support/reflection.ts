// @peculiar/x509 contains a library for decorators that insists on these methods before anything else is loaded. Its classes
// take no parameters, so that there is never anything to find.
if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, { getMetadata: () => undefined, getOwnMetadata: () => undefined });
}
