// A library inside @peculiar/x509 insists on it before anything else is loaded.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';

/** A certificate with its private key, both in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Who signs certificates, for one test. */
export interface Authority {
  /** Its own certificate, in PEM. */
  readonly cert: string;
  /** A certificate for a server on this machine. */
  forServer(): Promise<KeyPair>;
  /** A certificate with which a client shows who it is. */
  forClient(name: string): Promise<KeyPair>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hourMs = 3_600_000;

/** Makes an authority that nobody knows yet. */
export async function certificateAuthority(name: string): Promise<Authority> {
  const keys = await makeKeys();
  const authority = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    ...validity(),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const sign = async (subject: string, usage: ExtendedKeyUsage): Promise<KeyPair> => {
    const own = await makeKeys();
    const cert: X509Certificate = await X509CertificateGenerator.create({
      subject: `CN=${subject}`,
      issuer: authority.subject,
      ...validity(),
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([usage]),
        new SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
        ]),
      ],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
    return { cert: cert.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
  };
  return {
    cert: authority.toString('pem'),
    forServer: () => sign('localhost', ExtendedKeyUsage.serverAuth),
    forClient: (client) => sign(client, ExtendedKeyUsage.clientAuth),
  };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** From an hour ago, so that clocks may differ. */
function validity() {
  return { notBefore: new Date(Date.now() - hourMs), notAfter: new Date(Date.now() + 24 * hourMs) };
}
